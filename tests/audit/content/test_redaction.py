"""What has the form of a secret goes, from text and from JSON; what has none stays."""

import json
import time

import pytest

from audit.content.redaction import without_personal_data, without_secrets

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3I6MSJ9.c2lnbmF0dXJlc2lnbmF0dXJl"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----"
SECRETS = [
    "sk-proj-abcdef0123456789ABCDEF", "sk-ant-api03-abcdefghijklmnop", "gth_live_Ab3dEf6h_abcdefghijklmnopqrstuv",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "AKIAIOSFODNN7EXAMPLE", "AIzaSyA-abcdefghijklmnopqrstuvwxyz123",
    "xoxb-1234567890-abcdefghij", JWT, PEM,
]  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_of_a_known_make_is_gone(secret: str) -> None:
    text, found = without_secrets(f"use {secret} for it", lambda given: f"d{len(given)}")
    assert secret not in text
    assert text == f"use [secret d{len(secret)}] for it"
    assert found == [f"d{len(secret)}"]


@pytest.mark.parametrize("secret", SECRETS)
def test_it_is_gone_from_json_too_and_what_is_left_is_json(secret: str) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": f'my key is "{secret}" ok?'}]})
    text, found = without_secrets(body, lambda _: "D")
    assert json.loads(text)["messages"][0]["content"] == 'my key is "[secret D]" ok?'
    assert found == ["D"]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("postgres://bob:hunter22@db/x", "postgres://[secret D]@db/x"),
        ("Authorization: Bearer abcdef0123456789", "Authorization: Bearer [secret D]"),
        ('{"password": "correct horse"}', '{"password": "[secret D] horse"}'),
        ('"{\\"api_key\\": \\"abcdef123\\"}"', '"{\\"api_key\\": \\"[secret D]\\"}"'),
        ("the password is hunter2000, ok", "the password is [secret D], ok"),
        ("AWS secret_key? client_secret=abc12345", "AWS secret_key? client_secret=[secret D]"),
    ],
)
def test_a_password_that_is_named_as_one_is_gone(said: str, left: str) -> None:
    assert without_secrets(said, lambda _: "D")[0] == left


@pytest.mark.parametrize("said", ["The secret of good tea", "max_tokens: 4096", "skip-the-line-please", "a passport"])
def test_ordinary_words_stay(said: str) -> None:
    assert without_secrets(said, lambda _: "D") == (said, [])


def test_the_same_secret_is_counted_once() -> None:
    key = "sk-proj-abcdef0123456789ABCDEF"
    text, found = without_secrets(f"{key} {key}", lambda _: "D")
    assert (text, found) == ("[secret D] [secret D]", ["D"])


def test_personal_data_leave_the_redacted_copy() -> None:
    said = "Write to ann@example.org, pay DE89 3704 0044 0532 0130 00 or 4111 1111 1111 1111, call +41 44 668 18 00."
    left = "Write to [e-mail address], pay [bank account] or [card number], call [telephone number]."
    assert without_personal_data(said) == left
    assert without_personal_data("order 1234567890123 of 2026-11-28") == "order 1234567890123 of 2026-11-28"


def test_hostile_text_takes_no_longer_than_its_length() -> None:
    for piece in ("-----BEGIN PRIVATE KEY-----", "eyJhbGciOiJF.", "://a:b", "password: ", "a@a", "4 ", "+1 ", "sk-"):
        text = piece * (100_000 // len(piece))
        started = time.process_time()
        without_personal_data(without_secrets(text, lambda _: "D")[0])
        assert time.process_time() - started < 5, piece
