"""How django-allauth keeps factors here: sealed, under our public address, without letters to anybody."""

from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from accounts.ring import envelope

AAD = "second_factor"
ISSUER = "Gatehouse"


class SecondFactorAdapter(DefaultMFAAdapter):
    """MFA_ADAPTER."""

    def encrypt(self, text: str) -> str:
        """Secrets at rest are sealed as every other one (SECURITY 4.2)."""
        return envelope().seal(text.encode("ascii"), aad=AAD)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises UnsealError."""
        return envelope().unseal(encrypted_text, aad=AAD).decode("ascii")

    def get_totp_label(self, user: Any) -> str:
        """What the app shows beside the code."""
        return str(user.get_username())

    def get_totp_issuer(self) -> str:
        """Which installation it is for."""
        return f"{ISSUER} {relying_party()}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """From the configured address, never from the `Host` of a request."""
        return {"id": relying_party(), "name": ISSUER}

    def send_notification_mail(self, *args: Any, **options: Any) -> None:
        """The audit log tells; no mail."""


def relying_party() -> str:
    """The host name that security keys are bound to."""
    return urlsplit(settings.GATEHOUSE_PUBLIC_URL).hostname or ""


def security_keys_possible() -> bool:
    """Browsers offer WebAuthn to host names over https, and to `localhost` (W3C WebAuthn Level 2, §5.1.3)."""
    parts = urlsplit(settings.GATEHOUSE_PUBLIC_URL)
    host = parts.hostname or ""
    named = not host.replace(".", "").isdigit() and ":" not in host
    return named and (parts.scheme == "https" or host == "localhost")
