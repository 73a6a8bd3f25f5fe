"""The snapshot: loaded at start, kept current by change events, read by every request."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from accounts.identity import loading
from accounts.identity.entries import HolderEntry, KeyEntry, TenantEntry
from accounts.tokens.cache import VerifiedTokenCache
from accounts.tokens.keys import VerifyingKey

if TYPE_CHECKING:
    from accounts.changes import Change
    from accounts.identity.verified import VerifiedPrincipal


class IdentitySnapshot:
    """Identities in memory. Written by the watcher's thread, by replacing whole maps or single entries.

    Attributes:
        tokens: verified tokens; cleared when a signing key changes.
        jwks, jwks_etag: the published key set.
    """

    def __init__(self) -> None:
        self.keys: dict[str, KeyEntry] = {}
        self.holders: dict[str, HolderEntry] = {}
        self.tenants: dict[str, TenantEntry] = {}
        self.verifying: dict[str, VerifyingKey] = {}
        self.revoked_sessions: set[str] = set()
        self.jwks = b'{"keys":[]}'
        self.jwks_etag = '""'
        self.tokens: VerifiedTokenCache[VerifiedPrincipal] = VerifiedTokenCache()

    def load(self) -> None:
        """Everything anew. Raises DatabaseError, leaving what was known."""
        keys, holders, tenants = loading.keys(), {**loading.people(), **loading.programs()}, loading.tenants()
        self.load_signing_keys()
        self.keys, self.holders, self.tenants = keys, holders, tenants
        self.revoked_sessions = loading.revoked_sessions()

    def load_signing_keys(self) -> None:
        """The key ring anew; verified tokens are verified again."""
        verifying, (jwks, etag) = loading.verifying_keys(), loading.key_set()
        if verifying.keys() != self.verifying.keys():
            self.verifying = verifying
            self.tokens.clear()
        self.jwks, self.jwks_etag = jwks, etag

    def apply(self, changes: Sequence["Change"]) -> None:
        """What the watcher found."""
        kinds = {change.kind for change in changes}
        if "reload" in kinds:
            self.load()
            return
        if "signing_key" in kinds:
            self.load_signing_keys()
        if "tenant" in kinds:
            self.load()
        if "principal" in kinds:
            self.holders = {**loading.people(), **loading.programs()}
        if "session" in kinds:
            self.revoked_sessions = loading.revoked_sessions()
        for change in changes:
            if change.kind == "apikey":
                self._load_key(change.value)

    def _load_key(self, public_id: str) -> None:
        found = loading.keys(public_id=public_id)
        if public_id in found:
            self.keys[public_id] = found[public_id]
        else:
            self.keys.pop(public_id, None)
