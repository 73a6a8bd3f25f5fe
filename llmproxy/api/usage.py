"""`/api/v1/usage`: what was used and what it cost, by any dimension."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.viewsets import TenantViewSet
from llmproxy.ledger.usage import DIMENSIONS, GROUPS, OVERLAPPING, SUMS, TIMES, dollars, grouped
from llmproxy.models import LedgerEntry

MOST, USUAL = 1000, 100
PLAIN = frozenset({"since", "until", "group_by", "limit", "cursor"})


class UsageGroupSerializer(serializers.Serializer[Any]):
    """The sums of one group."""

    group = serializers.DictField(help_text="The dimension and its value, as asked for by `group_by`.")
    calls = serializers.IntegerField()
    copies = serializers.IntegerField(help_text="Hedges and shadows; they are in `cost` and in the tokens.")
    unpriced = serializers.IntegerField(help_text="Calls and copies whose cost nobody knows; they are not in `cost`.")
    tokens_in = serializers.IntegerField()
    tokens_cached = serializers.IntegerField()
    tokens_cache_write = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    tokens_reasoning = serializers.IntegerField()
    cost = serializers.CharField(allow_null=True, help_text="US dollars; null where nothing is known.")
    saved = serializers.CharField(help_text="US dollars that the response cache saved.")


class UsagePageSerializer(serializers.Serializer[Any]):
    """A page, in the order of the groups."""

    items = UsageGroupSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    overlapping = serializers.BooleanField(
        help_text="Grouped by tag: a call counts under each of its tags, so the rows may sum to more than the whole."
    )


class UsageViewSet(TenantViewSet):
    """Sums over the ledger of the organisations whose money the person may see."""

    queryset = LedgerEntry.objects.all()
    serializer_class = UsagePageSerializer
    filter_backends = ()
    pagination_class = None

    @extend_schema(
        parameters=[
            OpenApiParameter("group_by", str, description=f"Any of {', '.join(GROUPS)}, with commas; none: one sum."),
            OpenApiParameter("since", datetime, description="From; ISO 8601."),
            OpenApiParameter("until", datetime, description="Before; ISO 8601."),
            OpenApiParameter("limit", int, description=f"Rows a page: {USUAL} where nothing is said, {MOST} at most."),
            OpenApiParameter("cursor", str, description="`next_cursor` of another page of the same question."),
            *(OpenApiParameter(name, str, description="Only these calls.") for name in DIMENSIONS),
        ],
        responses=UsagePageSerializer,
    )
    def list(self, request: Request) -> Response:
        """Raises ValidationError for what is no question."""
        given = request.query_params
        if unknown := sorted(set(given) - PLAIN - set(DIMENSIONS)):
            raise ValidationError(dict.fromkeys(unknown, f"Known: {', '.join(sorted(PLAIN | set(DIMENSIONS)))}."))
        groups, limit = _groups(given.get("group_by", "")), _limit(given.get("limit", str(USUAL)))
        entries = self.get_queryset()
        for name in set(given) & set(DIMENSIONS):
            entries = _only(entries, name, given[name])
        for name, lookup in (("since", "at__gte"), ("until", "at__lt")):
            if name in given:
                entries = entries.filter(**{lookup: _time(name, given[name])})
        rows = grouped(entries, groups, _after(given.get("cursor"), groups), limit + 1)
        page = [_told(row, groups) for row in rows[:limit]]
        following = _cursor(page[-1]["group"], groups) if rows[limit:] else None
        return Response({"items": page, "next_cursor": following, "overlapping": bool(OVERLAPPING & set(groups))})


def _only(entries: Any, name: str, value: str) -> Any:
    if not _possible(name, value):
        return entries.none()
    return entries.tagged(value) if name == "tag" else entries.filter(**{DIMENSIONS[name]: value})


def _groups(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in GROUPS]:
        raise ValidationError({"group_by": f"There is no {unknown[0]!r}. Known: {', '.join(GROUPS)}."})
    if len(set(names)) != len(names) or len(names) > 4:
        raise ValidationError({"group_by": "At most four, each once."})
    return names


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST:
        raise ValidationError({"limit": f"A number from 1 to {MOST}."})
    return int(text)


def _time(name: str, text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValidationError({name: "A time with its zone, such as 2026-11-01T00:00:00Z."})
    return found


def _possible(name: str, value: str) -> bool:
    """Whether a row may have it: an id that is none would be an error of the database."""
    if name != "organisation":
        return "\x00" not in value
    try:
        serializers.UUIDField().to_internal_value(value)
    except ValidationError:
        return False
    return True


def _told(row: Mapping[str, Any], groups: Sequence[str]) -> dict[str, Any]:
    group = {name: _text(row[f"by_{name}"]) for name in groups}
    sums = {name: row[f"sum_{name}"] or 0 for name in SUMS}
    return {
        "group": group,
        "calls": row["calls"],
        "copies": row["copies"],
        "unpriced": row["unpriced"],
        **sums,
        "cost": dollars(row["nano"]),
        "saved": dollars(row["saved"] or 0),
    }


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _cursor(group: Mapping[str, str], groups: Sequence[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([group[name] for name in groups]).encode()).decode()


def _after(cursor: str | None, groups: Sequence[str]) -> list[Any] | None:
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if len(values) != len(groups) or not all(isinstance(value, str) for value in values):
            raise ValueError(cursor)
        return [
            datetime.fromisoformat(value) if name in TIMES else value
            for name, value in zip(groups, values, strict=True)
        ]
    except (TypeError, ValueError, binascii.Error) as error:
        raise ValidationError({"cursor": "Not a cursor of this list."}) from error
