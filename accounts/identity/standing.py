"""Whether what a caller was let in with is still good, asked again and again while an answer runs (SECURITY 4.6)."""

from accounts.identity.foreign import foreign_stands
from accounts.identity.snapshot import IdentitySnapshot
from accounts.identity.verified import KnownKey, VerifiedPrincipal, key_stands, unrevoked
from accounts.tokens.errors import TokenRefused


class Standing:
    """Of one call's credential. Its running out of time does not count: an answer that began in time may finish.

    Args:
        credential: what the call was let in with.
    """

    __slots__ = ("_credential", "_identity", "_version")

    def __init__(self, credential: VerifiedPrincipal | KnownKey, identity: IdentitySnapshot) -> None:
        self._credential = credential
        self._identity = identity
        self._version = -1

    def lost(self) -> str | None:
        """Why the credential does not hold any more: a word for the record. None while it holds."""
        identity = self._identity
        if identity.version == self._version:  # nothing changed for anybody since the last look
            return None
        self._version = identity.version
        try:
            self._check()
        except TokenRefused as error:
            return error.reason
        return None

    def _check(self) -> None:
        if isinstance(self._credential, KnownKey):
            key_stands(self._credential, self._identity)
        elif self._credential.foreign:
            foreign_stands(self._credential, self._identity)
        else:
            unrevoked(self._credential.verified, self._identity)
