"""The snapshot: loaded at start, kept current by change events, read by every request."""

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from accounts.identity import loading
from accounts.identity.entries import HolderEntry, TenantEntry
from accounts.identity.issuer_entry import IssuerEntry
from accounts.identity.key_entry import KeyEntry
from accounts.identity.misses import Misses
from accounts.identity.revoked import Revoked
from accounts.tokens.cache import VerifiedTokenCache
from accounts.tokens.keys import VerifyingKey

if TYPE_CHECKING:
    from accounts.changes import Change
    from accounts.identity.verified import KnownKey, VerifiedPrincipal

# More single rows than this in one look are read as one whole table.
MOST_SINGLE_ROWS = 200
MOST_ENDED = 10_000
Entry = TypeVar("Entry")


class IdentitySnapshot:
    """Identities in memory. Written by the watcher's thread, by replacing whole maps or single entries.

    Attributes:
        tokens: verified tokens; cleared when a signing key changes.
        jwks, jwks_etag: the published key set.
        known_keys: whom the keys in use stand for, made at their first use.
        used_keys: public ids used since the last time somebody wrote that down (accounts.last_used).
        misses: credentials that were none, by address.
        ended: ids of API keys and signing keys that were known before: who still uses one is no stranger.
        leaked_keys: public ids of keys seen in addresses, with who sent them, to be flagged (accounts.noticed).
        issuers: trusted ones, by `iss` and `aud`.
        foreign_tokens: verified tokens of theirs.
        wanted_keys: ids of issuers that signed with a key we do not have; `keys_wanted` wakes who fetches them.
        version: grows with everything that is taken in; equal numbers mean that nothing changed between.
    """

    def __init__(self) -> None:
        self.keys: dict[str, KeyEntry] = {}
        self.holders: dict[str, HolderEntry] = {}
        self.tenants: dict[str, TenantEntry] = {}
        self.verifying: dict[str, VerifyingKey] = {}
        self.revoked_sessions: set[str] = set()
        self.revoked = Revoked()
        self.jwks = b'{"keys":[]}'
        self.jwks_etag = '""'
        self.tokens: VerifiedTokenCache[VerifiedPrincipal] = VerifiedTokenCache()
        self.version = 0
        self.known_keys: dict[str, KnownKey] = {}
        self.used_keys: set[str] = set()
        self.misses = Misses()
        self.ended: set[str] = set()
        self.leaked_keys: dict[str, str] = {}
        self.issuers: dict[tuple[str, str], IssuerEntry] = {}
        self.foreign_tokens: VerifiedTokenCache[VerifiedPrincipal] = VerifiedTokenCache()
        self.wanted_keys: set[str] = set()
        self.keys_wanted = threading.Event()

    def load(self) -> None:
        """Everything anew. Raises DatabaseError, leaving what was known."""
        keys, holders, tenants = loading.keys(), {**loading.people(), **loading.programs()}, loading.tenants()
        sessions, revoked, issuers = loading.revoked_sessions(), loading.revoked(), loading.issuers()
        self.load_signing_keys()
        self._note_ended(self.keys.keys() - keys.keys())
        self.keys, self.holders, self.tenants = keys, holders, tenants
        self.revoked_sessions, self.revoked, self.issuers = sessions, revoked, issuers
        self.version += 1

    def want_keys(self, issuer_id: str) -> None:
        """Have the issuer's keys fetched, by somebody else and soon."""
        self.wanted_keys.add(issuer_id)
        self.keys_wanted.set()

    def issuer_of(self, subject: str) -> IssuerEntry | None:
        """The trusted issuer of a subject `ext:<issuer>:<sub>`."""
        name = subject.split(":", 2)[1]
        return next((entry for entry in self.issuers.values() if entry.issuer_id == name), None)

    def load_signing_keys(self) -> None:
        """The key ring anew; verified tokens are verified again."""
        verifying, (jwks, etag) = loading.verifying_keys(), loading.key_set()
        if verifying.keys() != self.verifying.keys():
            self._note_ended(self.verifying.keys() - verifying.keys())
            self.verifying = verifying
            self.tokens.clear()
        self.jwks, self.jwks_etag = jwks, etag

    def apply(self, changes: Sequence["Change"]) -> None:
        """What the watcher found. Applying a change twice changes nothing."""
        named: dict[str, set[str]] = {}
        for change in changes:
            named.setdefault(change.kind, set()).add(change.value)
        if "reload" in named:
            self.load()
            return
        if "signing_key" in named:
            self.load_signing_keys()
        if "tenant" in named:
            self.tenants = loading.tenants()
        if "principal" in named:
            self._load_holders(named["principal"])
        if "session" in named:
            self.revoked_sessions = loading.revoked_sessions()
        if "revocation" in named:
            self.revoked.forget(time.time())
            self.revoked.add(loading.revoked(named["revocation"]))
        if "issuer" in named:
            self.issuers = loading.issuers()
        if "apikey" in named:
            self._load_keys(named["apikey"])
        self.version += 1

    def _note_ended(self, ids: set[str]) -> None:
        if len(self.ended) + len(ids) > MOST_ENDED:
            self.ended = set()
        self.ended |= ids if len(ids) <= MOST_ENDED else set()

    def _load_holders(self, subjects: set[str]) -> None:
        people = {subject.removeprefix("usr:") for subject in subjects if subject.startswith("usr:")}
        programs = {subject.removeprefix("svc:") for subject in subjects if subject.startswith("svc:")}
        if len(people) + len(programs) < len(subjects) or len(subjects) > MOST_SINGLE_ROWS:
            self.holders = {**loading.people(), **loading.programs()}
            return
        found = {**loading.people(people), **loading.programs(programs)}
        for subject in subjects:
            _replace(self.holders, subject, found.get(subject))

    def _load_keys(self, public_ids: set[str]) -> None:
        if len(public_ids) > MOST_SINGLE_ROWS:
            self.keys = loading.keys()
            return
        found = loading.keys(public_id__in=public_ids)
        self._note_ended(public_ids - found.keys())
        for public_id in public_ids:
            _replace(self.keys, public_id, found.get(public_id))


def _replace(entries: dict[str, Entry], key: str, entry: Entry | None) -> None:
    if entry is None:
        entries.pop(key, None)
    else:
        entries[key] = entry
