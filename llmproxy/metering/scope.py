"""Which calls a rule is about, and whose use it counts together."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, unquote

LONGEST_SUBJECT = 180
SHORTENED = "sha256="


class Facts(NamedTuple):
    """What rules ask of a call; "" where there is none.

    Attributes:
        budget: the id of the one that the caller's token names.
    """

    organisation: str
    team: str
    principal: str
    key: str
    model: str
    endpoint: str
    end_user: str
    budget: str = ""


DIMENSIONS = Facts._fields
# What may be counted each by itself.
COUNTED = tuple(name for name in DIMENSIONS if name != "budget")


@dataclass(frozen=True, slots=True)
class Scope:
    """The calls of a rule.

    Attributes:
        where: position in Facts and the value it must have.
        per: positions in Facts; each combination of their values is counted by itself. A call that lacks one of them
            is not the rule's.
    """

    where: tuple[tuple[int, str], ...] = ()
    per: tuple[int, ...] = ()

    @classmethod
    def of(cls, where: Mapping[str, str], per: Sequence[str] = ()) -> "Scope":
        """From names. Raises ValueError for a name that is no dimension."""
        wanted = tuple((DIMENSIONS.index(name), value) for name, value in where.items() if value)
        return cls(wanted, tuple(sorted(DIMENSIONS.index(name) for name in per)))

    def covers(self, facts: Facts) -> bool:
        """Whether the rule is about this call."""
        for position, value in self.where:
            if facts[position] != value:
                return False
        return all(facts[position] for position in self.per)

    def subject(self, facts: Facts) -> str:
        """Whose use is counted: the values of `per`, shortened to a digest where clients made them too long."""
        text = "&".join(f"{DIMENSIONS[position]}={_escaped(facts[position])}" for position in self.per)
        if len(text) <= LONGEST_SUBJECT and text.isascii() and text.isprintable():
            return text
        return f"{SHORTENED}{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"

    def values(self, subject: str) -> dict[str, str] | None:
        """Dimension to value, to find the subject's calls again; None where it was shortened."""
        if subject.startswith(SHORTENED):
            return None
        parts = [part.partition("=") for part in subject.split("&") if part]
        return {name: unquote(value) for name, _, value in parts}


def _escaped(value: str) -> str:
    return quote(value, safe=" /:.@-_") if any(mark in value for mark in "&=%") else value
