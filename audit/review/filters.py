"""What the explorer can be asked for: each filter, the columns it reads, and how it is cheap.

A filter on a dimension of the roll-ups costs nothing however rare its value is: the roll-ups say in which minutes
such events lie. The others are applied to a bounded number of events at a time (audit.review.search).
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from uuid import UUID

from django.db.models import Q

from audit.catalogue import EVENT_TYPES
from audit.models import CaseItem
from audit.rollups.accumulate import NAMELESS, UNKNOWN_MODEL

LONGEST_VALUE = 256


class BadFilter(ValueError):
    """A value that a filter cannot take; the text is for the person who asked."""


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
}
# Each of these has an index of its own: no bound is needed.
INDEXED = frozenset({"request", "session", "trace", "target", "case"})
LEAST = {
    "tokens": ("Tokens out, at least", "tokens_out", 1),
    "cost": ("Cost in dollars, at least", "cost_nano", 10**9),
    "ms": ("Milliseconds, at least", "duration_us", 1000),
}
OTHERS = {"status": "HTTP status, such as 429 or 5xx", "ip": "IP address", "text": "Words of the excerpt or reason",
          "case": "Case, by its id"}  # fmt: skip
TITLES = (
    {name: dimension.title for name, dimension in DIMENSIONS.items()}
    | {name: title for name, (title, _) in EXACT.items()}
    | {name: title for name, (title, _, _) in LEAST.items()}
    | OTHERS
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
    return Filters(given, rollup or None, events, rest or None, bool(only_rest & INDEXED))


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
    return {"status": _status, "ip": _address, "text": _text, "case": _case}[name](value)


def _at_least(name: str, value: str) -> Q:
    title, column, factor = LEAST[name]
    try:
        number = float(value)
    except ValueError as error:
        raise BadFilter(f"{title}: a number, such as 100.") from error
    if not 0 <= number < 1e9:
        raise BadFilter(f"{title}: between 0 and a thousand million.")
    return Q(**{f"{column}__gte": int(number * factor)})


def _status(value: str) -> Q:
    if len(value) == 3 and value[0] in "12345" and value[1:].lower() == "xx":
        hundred = int(value[0]) * 100
        return Q(http_status__gte=hundred, http_status__lt=hundred + 100)
    if not (value.isascii() and value.isdigit() and len(value) == 3):
        raise BadFilter("HTTP status: three digits, or 4xx, 5xx.")
    return Q(http_status=int(value))


def _address(value: str) -> Q:
    try:
        return Q(src_ip=str(ip_address(value)))
    except ValueError as error:
        raise BadFilter("IP address: such as 192.0.2.1 or 2001:db8::1.") from error


def _text(value: str) -> Q:
    return Q(excerpt__icontains=value) | Q(reason__icontains=value)


def _case(value: str) -> Q:
    """Cases lie in the application's database, events in the log's: their ids are handed over."""
    try:
        items = CaseItem.objects.filter(case=UUID(value))
    except ValueError as error:
        raise BadFilter("Case: its id.") from error
    return Q(pk__in=list(items.values_list("event_id", flat=True)))


def choices(name: str) -> Any:
    """The values that a closed filter takes; None for an open one."""
    if name == "type":
        return sorted(EVENT_TYPES)
    if name == "category":
        return sorted({kind.category for kind in EVENT_TYPES.values()})
    if name == "outcome":
        return ["success", "failure", "denied", "error", "aborted"]
    return None
