"""No credential leaves in a log line, wherever it hides."""

import pytest

from config.redaction import REDACTED, clean, clean_value

CANARY = "c4naryc4naryc4naryc4nary"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"authorization={CANARY} and {CANARY}",
        f"proxy-authorization: Basic {CANARY}",
        f"x-api-key: {CANARY}",
        f"api-key: {CANARY}",
        f"x-goog-api-key:{CANARY}",
        f"DPoP: {CANARY}",
        f"Cookie: gatehouse_session={CANARY}; other={CANARY}",
        f"set-cookie: a={CANARY}",
        f"(b'authorization', b'Bearer {CANARY}')",
        f'{{"password": "{CANARY}", "x": 1}}',
        f"{{'client_secret': '{CANARY}'}}",
        f'{{"refresh":"{CANARY}"}}',
        f"GET /v1beta/models?key={CANARY}&alt=sse",
        f"POST /x?a=1&access_token={CANARY}",
        f"client_secret={CANARY}",
        f"sent Bearer {CANARY} upstream",
        f"eyJhbGciOiJFUzI1NiJ9.eyJ{CANARY}.{CANARY}",
        f"gth_live_abcdefgh_{CANARY}",
        f"gthr_{CANARY}",
        f"Incorrect API key provided: sk-proj-{CANARY}.",
        f"AIza{CANARY}",
        f"https://someone:{CANARY}@host/path",
    ],
)
def test_it_removes_a_credential_from_text(text: str) -> None:
    assert CANARY not in clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "Unauthorized: /api/v1/teams/",
        "the task-runner started 12 risk-free workers",
        "GET /v1/models 200",
        "route 0192f3c8-7a1b-7def-8000-000000000001 reloaded",
    ],
)
def test_it_leaves_ordinary_text_alone(text: str) -> None:
    assert clean(text) == text


def test_it_judges_a_field_by_its_name() -> None:
    assert clean_value("Authorization", "short") == REDACTED
    assert clean_value("password", 12345) == REDACTED


def test_it_looks_into_containers() -> None:
    value = {"headers": [("x", b"y"), {"X-Api-Key": "abc"}], "n": 1, "none": None}
    assert clean_value("request", value) == {"headers": [["x", "y"], {"X-Api-Key": REDACTED}], "n": 1, "none": None}


def test_it_cleans_what_an_object_says_of_itself() -> None:
    class Careless:
        def __repr__(self) -> str:
            return f"<Careless password={CANARY}>"

    assert CANARY not in str(clean_value("object", Careless()))
