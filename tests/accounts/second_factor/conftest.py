"""Bob with an authenticator app, and the codes that it shows."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value

from accounts.second_factor import enrolled
from tests.gateway_world import World


class Phone:
    """An authenticator app (RFC 6238): a secret and a clock."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def code(self, steps: int = 0) -> str:
        """What it shows now, or some steps of thirty seconds later."""
        return str(format_hotp_value(hotp_value(self.secret, int(time.time()) // 30 + steps)))

    def wrong(self) -> str:
        """Six digits that it shows neither now nor nearby."""
        near = {self.code(step) for step in (-2, -1, 0, 1, 2)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in near)


@pytest.fixture
def phone(people: World) -> Phone:
    """Bob's, enrolled."""
    phone = Phone(generate_totp_secret())
    enrolled.add_app(people.bob, phone.secret)
    return phone


@pytest.fixture
def recovery(people: World, phone: Phone) -> list[str]:
    """Bob's recovery codes."""
    codes = enrolled.renew_codes(people.bob)
    people.bob.refresh_from_db()
    return codes
