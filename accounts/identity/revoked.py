"""What ended before its time, in memory: bounded, because entries go when no token that they concern can live."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.tokens.delegation import token_ids

TokenId = tuple[str, str]


@dataclass(slots=True)
class Revoked:
    """Written by the watcher's thread, read by every request.

    Attributes:
        tokens: (iss, jti) of single tokens, with the Unix time when they are forgotten.
        clients: client id to the epoch that its tokens must carry.
        everything: the epoch that all tokens must carry.
    """

    tokens: dict[TokenId, float] = field(default_factory=dict)
    clients: dict[str, int] = field(default_factory=dict)
    everything: int = 0

    def reason(self, claims: Mapping[str, Any]) -> str | None:
        """Why a token of these claims does not hold any more; None where it does."""
        if self.tokens and any((claims["iss"], jti) in self.tokens for jti in token_ids(claims)):
            return "token_revoked"
        if claims.get("gep", 0) < self.everything:
            return "all_revoked"
        if self.clients and claims.get("cep", 0) < self.clients.get(claims["client_id"], 0):
            return "client_revoked"
        return None

    def add(self, other: "Revoked") -> None:
        """Take in what was read of some rows. Epochs only grow, so the order does not matter."""
        self.tokens.update(other.tokens)
        for client, epoch in other.clients.items():
            self.clients[client] = max(epoch, self.clients.get(client, 0))
        self.everything = max(self.everything, other.everything)

    def forget(self, now: float) -> None:
        """Drop the tokens that have expired by themselves at `now` (Unix seconds)."""
        over = [token for token, expires in self.tokens.items() if expires <= now]
        for token in over:
            self.tokens.pop(token, None)
