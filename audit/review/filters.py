"""What the explorer can be asked for: each filter, the columns it reads, and how it is cheap.

A filter on a dimension of the roll-ups costs nothing however rare its value is: the roll-ups say in which minutes
such events lie. The others are applied to a bounded number of events at a time (audit.review.search).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from django.db.models import Q

from audit.catalogue import EVENT_TYPES
from audit.review.conditions import CONDITIONS, REVIEWED, BadFilter
from audit.rollups.accumulate import NAMELESS, UNKNOWN_MODEL

LONGEST_VALUE = 256
__all__ = ["DIMENSIONS", "TITLES", "BadFilter", "Filters", "choices", "filters", "filters_of"]


class Dimension(NamedTuple):
    """An exact filter on a column that the roll-ups have too."""

    title: str
    column: str
    kind: str = ""  # what names its ids: see page.Namer


DIMENSIONS = {
    "type": Dimension("Type", "type"),
    "outcome": Dimension("Outcome", "outcome"),
    "organisation": Dimension("Organisation", "organisation_id", "organisation"),
    "team": Dimension("Team", "team_id", "team"),
    "key": Dimension("API key", "key_id", "key"),
    "actor": Dimension("Who", "actor_id", "actor"),
    "provider": Dimension("Provider", "provider"),
    "model": Dimension("Model", "model"),
    "error": Dimension("Error code", "error_code"),
}
EXACT = {
    "request": ("Request id", "request_id"),
    "session": ("Session", "session_id"),
    "trace": ("Trace", "trace_id"),
    "target": ("Changed object's id", "target_id"),
    "path": ("Endpoint path", "http_path"),
    "served": ("Model served", "model_served"),
    "verdict": ("Guardrail verdict", "guardrail_verdict"),
    "cache": ("Cache", "cache_status"),
    "ticket": ("Ticket", "ticket"),
    "actor_kind": ("Kind of who", "actor_type"),
    "target_kind": ("Kind of changed object", "target_type"),
    "project": ("Project", "project_id"),
}
# Each of these has an index of its own: no bound is needed.
INDEXED = frozenset({"request", "session", "trace", "target", "case"})
LEAST = {
    "severity": ("Severity, at least", "severity", 1),
    "in": ("Tokens in, at least", "tokens_in", 1),
    "tokens": ("Tokens out, at least", "tokens_out", 1),
    "cost": ("Cost in dollars, at least", "cost_nano", 10**9),
    "ms": ("Milliseconds, at least", "duration_us", 1000),
}
TITLES = (
    {name: dimension.title for name, dimension in DIMENSIONS.items()}
    | {name: title for name, (title, _) in EXACT.items()}
    | {name: title for name, (title, _, _) in LEAST.items()}
    | {name: title for name, (title, _) in CONDITIONS.items()}
    | {"category": "Category"}
)


class Filters(NamedTuple):
    """The filters that are on.

    Attributes:
        given: name to value, as asked.
        rollup: condition on roll-up rows; None where no dimension is given.
        dimensional: the same condition on events.
        rest: condition on events that only the events themselves can answer; None where there is none.
        indexed: `rest` is answered by an index.
    """

    given: Mapping[str, str]
    rollup: Q | None
    dimensional: Q
    rest: Q | None
    indexed: bool

    def without(self, name: str) -> "Filters":
        """The same with one filter off."""
        return filters({key: value for key, value in self.given.items() if key != name})


def filters(query: Mapping[str, str]) -> Filters:
    """From the query string; names that are no filters are somebody else's. Raises BadFilter."""
    given = {name: value.strip() for name in TITLES if (value := query.get(name, "")).strip()}
    for name, value in given.items():
        if len(value) > LONGEST_VALUE or "\x00" in value:
            raise BadFilter(f"{TITLES[name]}: at most {LONGEST_VALUE} characters of text.")
    rollup, events, rest = Q(), Q(), Q()
    for name, value in given.items():
        if (dimension := DIMENSIONS.get(name)) is not None:
            rollup &= Q(**{dimension.column: value})
            events &= _of_event(dimension.column, value)
        elif name == "category":
            types = [kind for kind in EVENT_TYPES if kind.startswith(f"{value}.")]
            rollup &= Q(type__in=types)
            events &= Q(type__in=types)
        else:
            rest &= _rest(name, value)
    only_rest = {name for name in given if name not in DIMENSIONS and name != "category"}
    return Filters(
        given, rollup or None, events, rest or None, bool(only_rest & INDEXED) or given.get("review", "none") != "none"
    )


def filters_of(query: str) -> Filters:
    """From a query string. Raises BadFilter."""
    return filters(dict(parse_qsl(query.lstrip("?"))))


def _of_event(column: str, value: str) -> Q:
    if column != "model":
        return Q(**{column: value})
    return Q(error_code__in=NAMELESS, outcome="denied") if value == UNKNOWN_MODEL else Q(model_requested=value)


def _rest(name: str, value: str) -> Q:
    if name in EXACT:
        return Q(**{EXACT[name][1]: value})
    if name in LEAST:
        return _at_least(name, value)
    return CONDITIONS[name][1](value)


def _at_least(name: str, value: str) -> Q:
    title, column, factor = LEAST[name]
    try:
        number = float(value)
    except ValueError as error:
        raise BadFilter(f"{title}: a number, such as 100.") from error
    if not 0 <= number < 1e9:
        raise BadFilter(f"{title}: between 0 and a thousand million.")
    return Q(**{f"{column}__gte": int(number * factor)})


def choices(name: str) -> Any:
    """The values that a closed filter takes; None for an open one."""
    if name == "type":
        return sorted(EVENT_TYPES)
    if name == "category":
        return sorted({kind.category for kind in EVENT_TYPES.values()})
    if name == "outcome":
        return ["success", "failure", "denied", "error", "aborted"]
    if name == "review":
        return list(REVIEWED)
    return None
