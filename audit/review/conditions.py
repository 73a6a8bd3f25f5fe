"""Filters that are more than a column that equals a value: each gives the condition, or says what is wrong."""

import json
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from uuid import UUID

from django.db.models import Q

from audit.models import CaseItem, ReviewItem, Verdict

MOST_REVIEWED = 20_000
REVIEWED = ("none", "any", *ReviewItem.State.values, *Verdict.values)


class BadFilter(ValueError):
    """A value that a filter cannot take; the text is for the person who asked."""


def _status(value: str) -> Q:
    if len(value) == 3 and value[0] in "12345" and value[1:].lower() == "xx":
        hundred = int(value[0]) * 100
        return Q(http_status__gte=hundred, http_status__lt=hundred + 100)
    if not (value.isascii() and value.isdigit() and len(value) == 3):
        raise BadFilter("HTTP status: three digits, or 4xx, 5xx.")
    return Q(http_status=int(value))


def _address(value: str) -> Q:
    try:
        if "/" in value:
            return Q(src_ip__within=str(ip_network(value, strict=False)))
        return Q(src_ip=str(ip_address(value)))
    except ValueError as error:
        raise BadFilter("IP address: such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32.") from error


def _text(value: str) -> Q:
    return Q(excerpt__icontains=value) | Q(reason__icontains=value)


def _named(value: str) -> Q:
    return Q(actor_name__icontains=value)


def _listed(member: str) -> Callable[[str], Q]:
    """That a list among the event's details holds the value, as a whole."""

    def condition(value: str) -> Q:
        forms = {json.dumps(value), json.dumps(value, ensure_ascii=False)}
        found = Q()
        for form in forms:
            found |= Q(**{f"attrs__{member}__icontains": form})
        return found

    return condition


def _case(value: str) -> Q:
    """Cases lie in the application's database, events in the log's: their ids are handed over."""
    try:
        items = CaseItem.objects.filter(case=UUID(value))
    except ValueError as error:
        raise BadFilter("Case: its id.") from error
    return Q(pk__in=list(items.values_list("event_id", flat=True)))


def _review(value: str) -> Q:
    """The newest MOST_REVIEWED items; handed over as those of cases."""
    if value not in REVIEWED:
        raise BadFilter(f"Review: one of {', '.join(REVIEWED)}.")
    items = ReviewItem.objects.order_by("-id")
    if value in ReviewItem.State.values:
        items = items.filter(state=value)
    elif value in Verdict.values:
        items = items.filter(state=ReviewItem.State.DECIDED, verdict=value)
    found = Q(pk__in=list(items.values_list("event_id", flat=True)[:MOST_REVIEWED]))
    return ~found if value == "none" else found


CONDITIONS: Mapping[str, tuple[str, Callable[[str], Q]]] = {
    "status": ("HTTP status, such as 429 or 5xx", _status),
    "ip": ("IP address or network", _address),
    "actor_name": ("Name of who", _named),
    "guardrail": ("Guardrail rule", _listed("guardrail_rules")),
    "enduser": ("End user, as called in the request", lambda value: Q(attrs__end_user=value)),
    "tag": ("Tag", _listed("tags")),
    "review": ("Review", _review),
    "case": ("Case, by its id", _case),
    "text": ("Words of the excerpt or reason", _text),
}
