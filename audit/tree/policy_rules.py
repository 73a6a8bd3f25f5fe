"""The rules of an audit policy: pure, read from JSON, asked for each call; the offline verifier takes them along."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .levels import BY_NAME, NAMES, Level

KIB = 1024
MOST_RULES = 200
LONGEST_NAME = 256
DEFAULT_KIB, LARGEST_KIB = 256, 4096
# Classes of events that can be refused before anything happens; for the others it would be too late.
FAIL_CLASSES = ("proxy", "auth")
OPEN, CLOSED = "open", "closed"
WHERE = ("organisation", "team", "key", "route")


class BadPolicy(ValueError):
    """It is no policy; the text is for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A level for the calls that match; what is empty matches everything.

    Attributes:
        team: a team's id; `key`: an API key's prefix; `route`: a model's public name.
    """

    level: Level
    organisation: str = ""
    team: str = ""
    key: str = ""
    route: str = ""

    @classmethod
    def parsed(cls, value: object) -> "Rule":
        """Raises BadPolicy."""
        if not isinstance(value, Mapping):
            raise BadPolicy("A rule is an object with `level` and what it is for.")
        if unknown := sorted(map(str, set(value) - {"level", *WHERE})):
            raise BadPolicy(f"A rule has no {unknown[0][:40]!r}. It has level, {', '.join(WHERE)}.")
        level = BY_NAME.get(str(value.get("level", "")))
        if level is None:
            raise BadPolicy(f"A level is one of {', '.join(BY_NAME)}.")
        places = {name: value.get(name) or "" for name in WHERE}
        if not all(isinstance(place, str) and len(place) <= LONGEST_NAME for place in places.values()):
            raise BadPolicy(f"What a rule is for is a text of at most {LONGEST_NAME} characters.")
        return cls(level, **places)

    def matches(self, organisation: str, team: str, key: str, route: str) -> bool:
        """Whether the rule is about such a call."""
        return (
            self.organisation in ("", organisation)
            and self.team in ("", team)
            and self.key in ("", key)
            and self.route in ("", route)
        )

    def as_json(self) -> dict[str, str]:
        """The form in which it is stored and put on record."""
        places = {name: getattr(self, name) for name in WHERE if getattr(self, name)}
        return {"level": NAMES[self.level], **places}


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds for one call. `version` names the policy that said so; `largest`: bytes of a body that are kept."""

    level: Level = Level.METADATA
    version: str = ""
    fail_open: bool = False
    largest: int = DEFAULT_KIB * KIB


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a policy. `valid_from`: Unix seconds; `fail_open`: classes whose events may be missing."""

    label: str
    valid_from: float
    rules: tuple[Rule, ...]
    fail_open: frozenset[str]
    largest: int

    def rule_for(self, organisation: str, team: str, key: str, route: str) -> Rule | None:
        """The first rule that matches."""
        return next((rule for rule in self.rules if rule.matches(organisation, team, key, route)), None)


def parsed_rules(value: object) -> tuple[Rule, ...]:
    """The rules in their order. Raises BadPolicy."""
    if not isinstance(value, list) or len(value) > MOST_RULES:
        raise BadPolicy(f"Rules are a list of at most {MOST_RULES}.")
    return tuple(Rule.parsed(item) for item in value)


def parsed_fail_modes(value: object) -> dict[str, str]:
    """Class to `open` or `closed`. Raises BadPolicy."""
    if not isinstance(value, Mapping) or any(name not in FAIL_CLASSES for name in value):
        raise BadPolicy(f"Fail modes are given for {' and '.join(FAIL_CLASSES)}.")
    if any(mode not in (OPEN, CLOSED) for mode in value.values()):
        raise BadPolicy(f"A fail mode is {OPEN} or {CLOSED}.")
    return {str(name): str(mode) for name, mode in value.items()}


def parsed_largest(value: object) -> int:
    """KiB of a body that are kept. Raises BadPolicy."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_KIB:
        raise BadPolicy(f"The most that is kept of a body is between 1 and {LARGEST_KIB} KiB.")
    return value


def decided(own: Version | None, shared: Version | None, call: tuple[str, str, str, str]) -> Decision:
    """What holds for a call (organisation, team, key, route): the organisation's own rules, then the installation's."""
    for version in (own, shared):
        rule = version.rule_for(*call) if version is not None else None
        if version is not None and rule is not None:
            return Decision(rule.level, version.label, _fails_open("proxy", own, shared), version.largest)
    return Decision(fail_open=_fails_open("proxy", own, shared))


def _fails_open(name: str, own: Version | None, shared: Version | None) -> bool:
    return any(version is not None and name in version.fail_open for version in (own, shared))


def in_force(versions: Iterable[Version], now: float) -> Version | None:
    """The newest whose time has come. `versions` are in the order in which they come into force."""
    found = None
    for version in versions:
        if version.valid_from <= now:
            found = version
    return found
