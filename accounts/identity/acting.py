"""Who acts for whom in an exchanged token, and from which tokens it came (RFC 8693 §4.1, SECURITY O14)."""

from accounts.identity.snapshot import IdentitySnapshot
from accounts.tokens.claims import Claims
from accounts.tokens.delegation import actors
from accounts.tokens.errors import TokenRefused


def actors_stand(claims: Claims, identity: IdentitySnapshot) -> None:
    """Everybody who acts in the token is still there, and none of their tokens was ended. Raises TokenRefused."""
    for actor in actors(claims):
        holder = identity.holders.get(actor["sub"])
        if holder is None or not holder.active or holder.epoch != actor["sep"]:
            raise TokenRefused("actor")
        if claims["tid"] not in holder.teams:
            raise TokenRefused("actor")
        if actor.get("cep", 0) < identity.revoked.clients.get(actor["client_id"], 0):
            raise TokenRefused("client_revoked")
