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
        subjects: `ext:<issuer>:<sub>` to the Unix seconds up to which its tokens were issued.
        everything: the epoch that all tokens must carry; everything_at: when it was last raised.
    """

    tokens: dict[TokenId, float] = field(default_factory=dict)
    clients: dict[str, int] = field(default_factory=dict)
    subjects: dict[str, int] = field(default_factory=dict)
    everything: int = 0
    everything_at: float = 0.0

    def reason(self, claims: Mapping[str, Any]) -> str | None:
        """Why a token of these claims does not hold any more; None where it does."""
        if self.tokens and any((claims["iss"], jti) in self.tokens for jti in token_ids(claims)):
            return "token_revoked"
        if claims.get("gep", 0) < self.everything:
            return "all_revoked"
        if self.clients and claims.get("cep", 0) < self.clients.get(claims["client_id"], 0):
            return "client_revoked"
        return None

    def foreign_reason(self, claims: Mapping[str, Any], subject: str) -> str | None:
        """As `reason`, of another issuer's token: it carries no epochs, so its time of issue has to do."""
        if self.tokens and (claims["iss"], claims.get("jti")) in self.tokens:
            return "token_revoked"
        if claims["iat"] <= self.everything_at:
            return "all_revoked"
        return self.subject_reason(subject, claims["iat"])

    def subject_reason(self, subject: str, issued: int) -> str | None:
        """Why a token that a trusted issuer's subject got at `issued` (Unix seconds) does not hold any more."""
        return "subject_revoked" if issued <= self.subjects.get(subject, -1) else None

    def add(self, other: "Revoked") -> None:
        """Take in what was read of some rows. Epochs only grow, so the order does not matter."""
        self.tokens.update(other.tokens)
        for client, epoch in other.clients.items():
            self.clients[client] = max(epoch, self.clients.get(client, 0))
        for subject, until in other.subjects.items():
            self.subjects[subject] = max(until, self.subjects.get(subject, -1))
        self.everything = max(self.everything, other.everything)
        self.everything_at = max(self.everything_at, other.everything_at)

    def forget(self, now: float) -> None:
        """Drop the tokens that have expired by themselves at `now` (Unix seconds)."""
        over = [token for token, expires in self.tokens.items() if expires <= now]
        for token in over:
            self.tokens.pop(token, None)
