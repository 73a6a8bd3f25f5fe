"""Claims in the shared store: a key runs once; afterwards it stands for the answer.

Only calls that carry a key come here. Where the store is away they are refused: to make such a call without knowing
whether it was made already is what the key forbids.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Final

from accounts.errors import GatehouseError
from accounts.principal import Principal
from accounts.shared_store import SharedStore
from accounts.single_use import StoreAway
from llmproxy.caching.sealed import Kept, Sealer
from llmproxy.errors import BadRequest

LONGEST_KEY: Final = 255
# A claim whose process died is free again after this; a call that takes longer may be made a second time.
RUNNING_SECONDS: Final = 900
KEPT_SECONDS: Final = 3600
MOST_BYTES: Final = 1024 * 1024
PREFIX: Final = "gatehouse:idempotent:"
RUNNING, DONE, TOO_LARGE = b"r", b"d", b"l"
DIGEST: Final = 32
TAKE: Final = """local found = redis.call('GET', KEYS[1])
if found then return found end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return false"""
# Only whoever holds the claim changes it.
REPLACE: Final = """if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1"""


class KeyReused(GatehouseError):
    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key was used for another request. Use a new one for each request."


class StillRunning(GatehouseError):
    status_code = 409
    default_code = "idempotency_in_progress"
    default_detail = "A request with this Idempotency-Key is being answered. Send it again when that has ended."
    retryable = True


class AnswerNotKept(GatehouseError):
    status_code = 409
    default_code = "idempotency_answer_not_kept"
    default_detail = "The request with this Idempotency-Key was answered, but its answer was too large to be kept."


class Unavailable(GatehouseError):
    status_code = 503
    default_code = "idempotency_unavailable"
    default_detail = "Whether this request was made already cannot be told right now, so it was not made."
    retryable = True


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is this request's to answer. `scoped` is what providers are sent instead of the client's key."""

    name: str
    value: bytes
    scoped: str


class Claims:
    """One per process."""

    def __init__(self, store: SharedStore, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    async def take(self, principal: Principal, key: str, request: tuple[str, str, bytes]) -> Claim | Kept:
        """The claim, or the answer that was given to the same request before.

        Args:
            key: as the client sent it.
            request: method, path with query, body.

        Raises:
            BadRequest: a key that is none.
            KeyReused, StillRunning, AnswerNotKept, Unavailable: see there.
        """
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise BadRequest(f"Idempotency-Key: 1 to {LONGEST_KEY} printable characters.")
        scoped = hashlib.sha256(f"{principal.organisation_id}|{principal.subject}|{key}".encode()).hexdigest()
        method, path, body = request
        asked = hashlib.sha256(f"{method} {path}\n".encode() + body).digest()
        claim = Claim(PREFIX + scoped, RUNNING + asked + secrets.token_bytes(16), scoped)
        try:
            found = await self._store.run(TAKE, [claim.name], claim.value, RUNNING_SECONDS)
        except StoreAway as error:
            raise Unavailable from error
        return claim if not found else self._kept(claim, asked, found)

    async def keep(self, claim: Claim, body: bytes, answer_type: str) -> None:
        """What is answered to the same request from now on. Raises StoreAway; then it counts as running for a while."""
        asked = claim.value[1 : 1 + DIGEST]
        if len(body) > MOST_BYTES:
            stored = TOO_LARGE + asked
        else:
            stored = DONE + asked + self._sealer.seal(Kept(body, answer_type, int(time.time())), claim.name)
        await self._store.run(REPLACE, [claim.name], claim.value, stored, KEPT_SECONDS)

    async def free(self, claim: Claim) -> None:
        """It was refused or failed: the same request may be made again. Raises StoreAway."""
        await self._store.run(REPLACE, [claim.name], claim.value, "", 0)

    def _kept(self, claim: Claim, asked: bytes, found: bytes) -> Kept:
        state, before, sealed = found[:1], found[1 : 1 + DIGEST], found[1 + DIGEST :]
        if before != asked:
            raise KeyReused
        if state == RUNNING:
            error = StillRunning()
            error.headers = {**error.headers, "Retry-After": "1"}
            raise error
        kept = self._sealer.unseal(sealed, claim.name, 2 * MOST_BYTES) if state == DONE else None
        if kept is None:
            raise AnswerNotKept
        return kept
