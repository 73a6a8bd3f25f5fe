"""What is remembered of each person, program and tenant."""

from dataclasses import dataclass
from ipaddress import ip_network

from accounts.models import Organisation, ServiceAccount
from accounts.principal import Network


@dataclass(frozen=True, slots=True)
class HolderEntry:
    """A person or program that tokens are issued to.

    Attributes:
        teams: organisation id to team id (or None): where it belongs now.
        scopes: what a token may carry at most.
        everywhere: a superuser, who needs no membership.
        bound_only: its tokens must be bound to a key (DPoP).
        allowed_ips: where they may be used from; empty for any.
    """

    name: str
    active: bool
    epoch: int
    teams: dict[str, str | None]
    scopes: frozenset[str]
    everywhere: bool = False
    bound_only: bool = False
    allowed_ips: tuple[Network, ...] = ()

    def scopes_in(self, organisation_id: str) -> frozenset[str]:
        """What it may do in the organisation now, and so what a key of its making may do (SECURITY 5.8)."""
        return self.scopes if self.active and (self.everywhere or organisation_id in self.teams) else frozenset()

    @classmethod
    def of_program(cls, account: ServiceAccount) -> "HolderEntry":
        """From the row."""
        team = str(account.team_id) if account.team_id else None
        teams = {str(account.organisation_id): team}
        return cls(
            account.name,
            account.is_active,
            account.epoch,
            teams,
            frozenset(account.scopes),
            bound_only=account.dpop_required,
            allowed_ips=tuple(ip_network(entry) for entry in account.allowed_ips),
        )


@dataclass(frozen=True, slots=True)
class TenantEntry:
    """An organisation.

    Attributes:
        bound_only: tokens of its people and programs must be bound to a key (DPoP).
    """

    active: bool
    epoch: int
    bound_only: bool = False

    @classmethod
    def of(cls, organisation: Organisation) -> "TenantEntry":
        """From the row."""
        return cls(organisation.is_active, organisation.epoch, organisation.dpop_required)
