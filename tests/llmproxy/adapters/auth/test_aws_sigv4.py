"""AWS signatures, checked by a verifier that does not share a line with the signer."""

import pytest

from llmproxy.adapters.auth import Auth, BadSecret, Placement, scheme
from tests import aws_signature

ID, KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HOST = "bedrock-runtime.eu-central-1.amazonaws.com"
TARGET = "/model/anthropic.claude-sonnet-4-5-v1%3A0/converse"
JSON = ((b"content-type", b"application/json"),)


def auth(secret: str = f"{ID}:{KEY}", host: str = HOST, **options: str) -> Auth:
    kind = scheme("aws_sigv4").auth
    return kind(kind.normalised(secret), Placement(options=options, host=host))


def arrived(signer: Auth, body: bytes = b"{}") -> dict[str, str]:
    added = signer.headers("POST", f"https://{HOST}{TARGET}", JSON, body)
    return {name.decode(): value.decode() for name, value in (*JSON, *added)} | {"host": HOST}


def test_the_signature_is_the_one_that_a_server_computes() -> None:
    assert aws_signature.is_valid("POST", TARGET, arrived(auth()), b"{}", KEY, "eu-central-1")


@pytest.mark.parametrize(
    ("method", "target", "body", "secret"),
    [("GET", TARGET, b"{}", KEY), ("POST", "/model/x/converse", b"{}", KEY), ("POST", TARGET, b"{ }", KEY),
     ("POST", TARGET, b"{}", KEY[:-1] + "z")],
)  # fmt: skip
def test_it_covers_method_path_body_and_key(method: str, target: str, body: bytes, secret: str) -> None:
    assert not aws_signature.is_valid(method, target, arrived(auth()), body, secret, "eu-central-1")


def test_a_temporary_key_sends_and_signs_its_session_token() -> None:
    headers = arrived(auth(f"{ID}:{KEY}:FwoGZXIvYXdzEXAMPLE=="))
    assert headers["x-amz-security-token"] == "FwoGZXIvYXdzEXAMPLE=="
    assert "x-amz-security-token" in headers["authorization"]
    assert aws_signature.is_valid("POST", TARGET, headers, b"{}", KEY, "eu-central-1")


def test_the_region_may_be_named_for_hosts_that_do_not_hold_it() -> None:
    assert "/us-west-2/bedrock/" in arrived(auth(host="vpce.example.com", region="us-west-2"))["authorization"]
    with pytest.raises(BadSecret, match="region"):
        auth(host="vpce.example.com")


@pytest.mark.parametrize("secret", [ID, KEY, f"{ID}:short", f"{ID} {KEY}", f"{ID}:{KEY}:"])
def test_a_key_of_another_shape_is_refused(secret: str) -> None:
    with pytest.raises(BadSecret):
        auth(secret)


def test_only_the_end_of_the_public_part_is_shown() -> None:
    assert scheme("aws_sigv4").auth.shown(f"{ID}:{KEY}") == ID[-4:]
    assert KEY in auth().secrets
