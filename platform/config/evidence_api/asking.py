"""What a question about events is made of: filters, a period, a place to go on from; a slip of the pen is an error."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.api.refusals import NotPossibleNow
from audit.actions.errors import NotNow
from audit.errors import ForkDetected, NothingSigned
from audit.models import AuditEvent
from audit.review.filters import TITLES, BadFilter, Filters, filters
from audit.review.period import PRESETS, BadPeriod, Period
from audit.review.search import PAGE
from audit.tree.tiles import TileMissing

PERIOD = ("range", "from", "to")
CURSORS = ("cursor", "newer_than", "limit")
FILTER_PARAMETERS = [
    *(OpenApiParameter(name, str, description=f"{title}.") for name, title in TITLES.items()),
    OpenApiParameter("range", str, enum=list(PRESETS), description="The period; 24h where nothing is said."),
    OpenApiParameter("from", dt.date, description="With `to`, both included (UTC), instead of `range`."),
    OpenApiParameter("to", dt.date),
]
PAGE_PARAMETERS = [
    *FILTER_PARAMETERS,
    OpenApiParameter("cursor", uuid.UUID, description="`next_cursor` of another page: older events."),
    OpenApiParameter("newer_than", uuid.UUID, description="The next events after this one, for following the log."),
    OpenApiParameter("limit", int, description=f"Rows a page, at most {PAGE}."),
]


class Asked(NamedTuple):
    """A question."""

    period: Period
    wanted: Filters


def asked(request: Request, *more: str) -> Asked:
    """From the query string. Raises ValidationError, naming what is wrong."""
    query = {name: str(value) for name, value in request.query_params.items()}
    if unknown := query.keys() - {*TITLES, *PERIOD, *more}:
        raise ValidationError({name: ["There is no such filter."] for name in sorted(unknown)})
    try:
        return Asked(Period.asked_for(query, timezone.now().astimezone(dt.UTC)), filters(query))
    except (BadFilter, BadPeriod) as error:
        raise ValidationError({"filters": [str(error)]}) from error


def cursor(query: Mapping[str, Any], name: str) -> uuid.UUID | None:
    """An event's id. Raises ValidationError."""
    text = str(query.get(name, ""))
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise ValidationError({name: ["Not an event's id."]}) from error


def whole(query: Mapping[str, Any], name: str, least: int, most: int, default: int | None = None) -> int:
    """A whole number. Raises ValidationError."""
    text = str(query.get(name, "" if default is None else default))
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most):
        raise ValidationError({name: [f"A whole number from {least} to {most}."]})
    return int(text)


def possible(deed: Callable[[], Any]) -> Any:
    """What a deed gives. Raises NotPossibleNow, with the words for the person."""
    try:
        return deed()
    except (ForkDetected, NotNow, NothingSigned, TileMissing) as error:
        raise NotPossibleNow(str(error)) from error


class EventSerializer(serializers.ModelSerializer[AuditEvent]):
    """An event's columns. Its exact bytes are at `…/record`."""

    class Meta:
        model = AuditEvent
        exclude = ("raw", "leaf_hash")


class PageSerializer(serializers.Serializer[Any]):
    """Newest first. `looked_back_to`: a bounded search stopped here; go on from `next_cursor`.

    `estimated_total`: of the whole question, not of the page; only where `Prefer: count=estimated` asks for it.
    """

    items = EventSerializer(many=True)
    next_cursor = serializers.UUIDField(allow_null=True)
    previous_cursor = serializers.UUIDField(allow_null=True)
    looked_back_to = serializers.DateTimeField(allow_null=True)
    estimated_total = serializers.IntegerField(required=False)
