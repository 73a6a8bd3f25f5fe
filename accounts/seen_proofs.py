"""Proofs that were presented: each works once, on whatever process it comes to.

The one thing that the data plane always asks of another machine before it answers, and only of calls with a bound
token: awaited on the event loop, without a thread.
"""

from accounts.errors import IdentityUnavailable, InvalidProof
from accounts.possession import REPLAY_KIND
from accounts.shared_store import SharedStore
from accounts.single_use import StoreAway, name_of
from accounts.tokens.dpop import REMEMBERED_SECONDS, Proof
from accounts.tokens.errors import TokenRefused


class SeenProofs:
    """By the store that all processes share."""

    def __init__(self, store: SharedStore) -> None:
        self._store = store

    async def take(self, proof: Proof) -> None:
        """The proof is used up.

        Raises:
            InvalidProof: it was before.
            IdentityUnavailable: nobody can tell.
        """
        name = name_of(REPLAY_KIND, proof.identity)
        try:
            fresh = await self._store.ask(lambda client: client.set(name, b"1", nx=True, ex=REMEMBERED_SECONDS))
        except StoreAway as error:
            raise IdentityUnavailable from error
        if not fresh:
            raise InvalidProof from TokenRefused("dpop_replayed")
