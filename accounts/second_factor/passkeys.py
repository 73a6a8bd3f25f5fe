"""What the pages of security keys need: challenges for the browser, and the reading of its answers."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.second_factor.adapter import security_keys_possible


def asked(user: User) -> dict[str, Any]:
    """For a page that asks for a factor: the challenge where the person has a key, else nothing."""
    keys = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN)
    if not security_keys_possible() or not keys.exists():
        return {}
    return {"passkey": {"do": "get", "options": auth.begin_authentication(user)}}


def offered(user: User) -> dict[str, Any]:
    """For a page that adds a key: the challenge of its registration."""
    return {"passkey": {"do": "create", "options": auth.begin_registration(user, False)}}


def registered(credential: Any) -> bool:
    """Whether a new key's answer to our challenge holds."""
    try:
        auth.parse_registration_response(credential)
        auth.complete_registration(credential)
    except (ValidationError, ValueError, AttributeError, KeyError):  # whatever JSON a browser, or another, made up
        return False
    return True
