"""All that the gateway knows of a caller."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

Network = IPv4Network | IPv6Network
Kind = Literal["user", "service_account", "api_key", "external"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls, and references to what applies; never amounts or limits.

    Attributes:
        subject: `usr:<uuid>`, `svc:<uuid>`, `key:<uuid>` or `ext:<issuer>:<sub>`.
        models: the public model names it is narrowed to; None for all that its organisation sees.
        allowed_ips: addresses it may call from; empty for any.
        expires_at: Unix seconds; None where the credential does not expire by itself.
    """

    kind: Kind
    subject: str
    client_id: str
    organisation_id: str
    team_id: str | None
    name: str
    scopes: frozenset[str]
    credential: Literal["jwt", "api_key"]
    models: frozenset[str] | None = None
    key_id: str | None = None
    key_prefix: str | None = None
    token_id: str | None = None
    session_id: str | None = None
    policy_id: str | None = None
    budget_id: str | None = None
    expires_at: int | None = None
    allowed_ips: tuple[Network, ...] = ()
