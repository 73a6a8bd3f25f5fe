"""What is remembered of each trusted issuer, and whom its tokens stand for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import IssuerRule, TrustedIssuer
from accounts.principal import Principal
from accounts.tokens.claim_mapping import Rule, matching, models_of, scopes_of
from accounts.tokens.foreign import Trust

PREFIX = "ext:"
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, eq=False)
class IssuerEntry:
    """A trust that is switched on.

    Attributes:
        direct: its tokens may be used as they are.
    """

    issuer_id: str
    name: str
    organisation_id: str
    direct: bool
    trust: Trust
    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, row: TrustedIssuer) -> "IssuerEntry":
        """From the row and its rules. Raises ValueError for keys that cannot be read."""
        trust = Trust(
            row.issuer,
            row.audience,
            frozenset(row.algorithms),
            frozenset(str(one).lower() for one in row.types),
            row.longest_seconds,
            tuple(row.required_claims),
            tuple(row.usable_keys()),
            row.keys_until(),
        )
        rules = tuple(_rule(rule) for rule in row.rules.all())
        return cls(str(row.pk), row.name, str(row.organisation_id), row.direct, trust, rules)

    @property
    def client_id(self) -> str:
        """What stands for the client in records and limits: an issuer's own client ids are not ours."""
        return f"{PREFIX}{self.issuer_id}"

    def subject_of(self, sub: str) -> str:
        """Of one of its subjects: (issuer, sub), never a mail address or a name (ASVS 6.8.1)."""
        return f"{PREFIX}{self.issuer_id}:{sub}"

    def sub_in(self, subject: str) -> str:
        """The issuer's own name for a subject of ours."""
        return subject.removeprefix(f"{PREFIX}{self.issuer_id}:")

    def rules_for(self, claims: Mapping[str, Any]) -> tuple[Rule, ...]:
        """Those that are about the holder of an issuer's token."""
        return matching(self.rules, claims)

    def rules_named(self, ids: Sequence[str]) -> tuple[Rule, ...]:
        """Those of a token that was exchanged for an issuer's: what they say now."""
        return tuple(rule for rule in self.rules if rule.rule_id in ids)

    def principal(self, subject: str, rules: Sequence[Rule], claims: Mapping[str, Any]) -> Principal:
        """Whom a token stands for, by the rules about its holder."""
        return Principal(
            kind="external",
            subject=subject,
            client_id=self.client_id,
            organisation_id=self.organisation_id,
            team_id=next((rule.team_id for rule in rules if rule.team_id), None),
            name=f"{self.name}: {self.sub_in(subject)}"[:LONGEST_NAME],
            scopes=scopes_of(rules),
            credential="jwt",
            models=models_of(rules),
            token_id=claims.get("jti"),
            expires_at=claims["exp"],
        )


def _rule(row: IssuerRule) -> Rule:
    team = str(row.team_id) if row.team_id else None
    return Rule(row.pk.hex, row.claim, row.value, frozenset(row.scopes), frozenset(row.models_allowed), team)
