"""From another issuer's claims to scopes of ours, by a table of exact values (SECURITY 5.9); no patterns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Claims whose text is a list, with spaces between (RFC 6749 §3.3; RFC 8693 §4.2).
SPACED = frozenset({"scope", "scp"})
MOST_RULES_OF_A_TOKEN = 10


@dataclass(frozen=True, slots=True)
class Rule:
    """Who has this value in this claim may do that.

    Attributes:
        rule_id: the row's.
        claim: a name, or names with points between for what lies deeper.
        models: public names that the caller is narrowed to; empty for none.
    """

    rule_id: str
    claim: str
    value: str
    scopes: frozenset[str]
    models: frozenset[str]
    team_id: str | None

    def matches(self, claims: Mapping[str, Any]) -> bool:
        """Whether it is about the holder of these claims."""
        return self.value in values_at(claims, self.claim)


def matching(rules: Sequence[Rule], claims: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules that are about the holder of these claims, the first ten."""
    return tuple(rule for rule in rules if rule.matches(claims))[:MOST_RULES_OF_A_TOKEN]


def scopes_of(rules: Sequence[Rule]) -> frozenset[str]:
    """All together."""
    return frozenset().union(*(rule.scopes for rule in rules))


def models_of(rules: Sequence[Rule]) -> frozenset[str] | None:
    """All together; None where one of them names none."""
    if any(not rule.models for rule in rules):
        return None
    return frozenset().union(*(rule.models for rule in rules))


def values_at(claims: Mapping[str, Any], path: str) -> Sequence[str]:
    """The texts at a claim; none where it is something else. A name with points in it goes before a path."""
    if path in claims:
        return _texts(claims[path], path in SPACED)
    name, _, rest = path.partition(".")
    inner = claims.get(name)
    return values_at(inner, rest) if rest and isinstance(inner, dict) else ()


def _texts(value: object, spaced: bool) -> Sequence[str]:
    if type(value) is str:
        return value.split() if spaced else (value,)
    return [one for one in value if type(one) is str] if isinstance(value, list) else ()
