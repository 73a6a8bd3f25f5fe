"""Signatures that the receiver's own library can check."""

import hmac
from base64 import b64encode
from hashlib import sha256

import pytest

from audit.channels.webhook import signature

BODY = b'{"test": 2432232314}'
NAME, STAMP = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"


def test_a_secret_of_the_standards_form_signs_as_its_libraries_do() -> None:
    """The example that libraries of Standard Webhooks are tested with."""
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", NAME, STAMP, BODY) == expected


@pytest.mark.parametrize("secret", ["a secret of ours", "whsec_not base64"])
def test_any_other_secret_is_the_key_as_it_is_written(secret: str) -> None:
    digest = hmac.new(secret.encode(), f"{NAME}.{STAMP}.".encode() + BODY, sha256).digest()
    assert signature(secret, NAME, STAMP, BODY) == f"v1,{b64encode(digest).decode()}"
