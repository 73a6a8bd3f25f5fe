"""What is remembered of each key, person, program and tenant."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network

from accounts.models import ApiKey, Organisation, ServiceAccount
from accounts.principal import Principal
from accounts.tokens.errors import TokenRefused


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A live API key."""

    public_id: str
    principal: Principal
    digest: bytes = field(repr=False)
    pepper: str
    expires: float

    @classmethod
    def of(cls, key: ApiKey) -> "KeyEntry":
        """From the row."""
        subject = f"key:{key.pk}"
        principal = Principal(
            kind="api_key",
            subject=subject,
            client_id=str(key.pk),
            organisation_id=str(key.organisation_id),
            team_id=str(key.team_id) if key.team_id else None,
            name=key.name,
            scopes=frozenset(key.scopes),
            credential="api_key",
            models=frozenset(key.models_allowed) or None,
            key_id=str(key.pk),
            key_prefix=key.prefix,
            expires_at=int(key.expires_at.timestamp()),
            allowed_ips=tuple(ip_network(entry) for entry in key.allowed_ips),
        )
        return cls(key.public_id, principal, bytes(key.digest), key.pepper, key.expires_at.timestamp())

    def check_standing(self, keys: "Mapping[str, KeyEntry]", tenants: "Mapping[str, TenantEntry]") -> None:
        """It was not revoked, and its organisation is active. Raises TokenRefused."""
        if self.public_id not in keys and time.time() < self.expires:
            raise TokenRefused("key_revoked")
        tenant = tenants.get(self.principal.organisation_id)
        if tenant is None or not tenant.active:
            raise TokenRefused("tenant")


@dataclass(frozen=True, slots=True)
class HolderEntry:
    """A person or program that tokens are issued to.

    Attributes:
        teams: organisation id to team id (or None): where it belongs now.
        scopes: what a token may carry at most.
    """

    name: str
    active: bool
    epoch: int
    teams: dict[str, str | None]
    scopes: frozenset[str]

    @classmethod
    def of_program(cls, account: ServiceAccount) -> "HolderEntry":
        """From the row."""
        team = str(account.team_id) if account.team_id else None
        teams = {str(account.organisation_id): team}
        return cls(account.name, account.is_active, account.epoch, teams, frozenset(account.scopes))


@dataclass(frozen=True, slots=True)
class TenantEntry:
    """An organisation."""

    active: bool
    epoch: int

    @classmethod
    def of(cls, organisation: Organisation) -> "TenantEntry":
        """From the row."""
        return cls(organisation.is_active, organisation.epoch)
