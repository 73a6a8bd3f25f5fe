"""What is remembered of each person, program and tenant."""

from dataclasses import dataclass

from accounts.models import Organisation, ServiceAccount


@dataclass(frozen=True, slots=True)
class HolderEntry:
    """A person or program that tokens are issued to.

    Attributes:
        teams: organisation id to team id (or None): where it belongs now.
        scopes: what a token may carry at most.
        everywhere: a superuser, who needs no membership.
    """

    name: str
    active: bool
    epoch: int
    teams: dict[str, str | None]
    scopes: frozenset[str]
    everywhere: bool = False

    def scopes_in(self, organisation_id: str) -> frozenset[str]:
        """What it may do in the organisation now, and so what a key of its making may do (SECURITY 5.8)."""
        return self.scopes if self.active and (self.everywhere or organisation_id in self.teams) else frozenset()

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
