"""The claims of exchanged tokens: who acts (`act`), from which tokens it came (`anc`), of which key (`key`)."""

from collections.abc import Iterator, Mapping
from typing import Any

from accounts.tokens.errors import TokenRefused

MOST_ACTORS = 3
MOST_EXCHANGES = 4
ACTOR_TEXTS = ("sub", "client_id")


def actors(claims: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The one who acts now, then those before."""
    actor = claims.get("act")
    while actor is not None:
        yield actor
        actor = actor.get("act")


def token_ids(claims: Mapping[str, Any]) -> list[str]:
    """Of the token itself, then of those it came from: who ends one of them ends it."""
    return [claims["jti"], *claims.get("anc", ())]


def check_delegation(claims: Mapping[str, Any]) -> None:
    """The claims of an exchange have their types and limits. Raises TokenRefused."""
    ancestors = claims.get("anc", [])
    if not isinstance(ancestors, list) or len(ancestors) > MOST_EXCHANGES:
        raise TokenRefused("claim_anc")
    if not all(type(jti) is str for jti in ancestors):
        raise TokenRefused("claim_anc")
    actor, depth = claims.get("act"), 0
    while actor is not None:
        depth += 1
        if depth > MOST_ACTORS or not _is_actor(actor):
            raise TokenRefused("claim_act")
        actor = actor.get("act")


def _is_actor(actor: object) -> bool:
    if not isinstance(actor, dict) or not all(type(actor.get(name)) is str for name in ACTOR_TEXTS):
        return False
    return type(actor.get("sep")) is int and type(actor.get("cep", 0)) is int
