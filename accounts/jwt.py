"""SimpleJWT's token classes over our own key ring: the framework stays, the verifier is ours (SECURITY 0.2)."""

import time
from typing import Any

from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.tokens import AccessToken as SimpleAccessToken

from accounts.fresh_identity import confirmed
from accounts.identity.verified import checked
from accounts.ring import gateway_verifier, management_verifier
from accounts.signing import sign
from accounts.tokens.errors import TokenRefused


class KeyRingBackend:
    """SimpleJWT's token backend interface over the key ring of the database."""

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign with the active key."""
        return sign(payload)

    def decode(self, token: str, verify: bool = True) -> dict[str, Any]:
        """The claims. `verify` is ignored: there is no unverified reading of a token here.

        Raises:
            TokenBackendError: the token does not hold.
        """
        identity = confirmed()
        for verifier in (gateway_verifier(), management_verifier()):
            try:
                verified = verifier.verify(token, identity.verifying, time.time())
                checked(verified, identity, time.time())
            except TokenRefused:
                continue
            return verified.claims
        raise TokenBackendError("The credential is not valid.")


class AccessToken(SimpleAccessToken):
    """SimpleJWT's access token; its kind is the `typ` header, not a private claim."""

    def get_token_backend(self) -> KeyRingBackend:  # type: ignore[override]  # the same two methods, another base
        """Our key ring in place of SimpleJWT's single key."""
        return KeyRingBackend()

    def verify(self) -> None:
        """The backend has checked everything already."""

    def verify_token_type(self) -> None:
        """`typ` said it."""
