"""A ledger row from the record of a call's end; of a copy of a call from its beginning, and again from its end."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from audit.catalogue import CALLS_OVER, COPIES_BEGUN, COPIES_OVER
from audit.models import AuditEvent
from llmproxy.metering.attribution import LONGEST_USER, MOST_TAGS, key_of
from llmproxy.models import LedgerEntry

# A copy's row holds what was reserved from when it was sent: it is in the books whatever becomes of its process.
TAKEN = (*CALLS_OVER, *COPIES_BEGUN, *COPIES_OVER)
PRICELESS = frozenset({"", "unknown", "cached"})
KINDS = {
    "proxy.hedge": LedgerEntry.Kind.HEDGE, "proxy.shadow": LedgerEntry.Kind.SHADOW,
    "proxy.filtered": LedgerEntry.Kind.FILTERED,
}  # fmt: skip
# What the end of a copy says anew.
FINISHED = (
    "ended_at", "outcome", "error_code", "model_served", "provider", "deployment_id", "tokens_in", "tokens_cached",
    "tokens_cache_write", "tokens_out", "tokens_reasoning", "units", "usage_source", "price_id", "cost_nano",
    "charged_nano",
)  # fmt: skip


def entry_of(event: AuditEvent, start: AuditEvent | None, organisations: Mapping[str, uuid.UUID]) -> LedgerEntry:
    """The row.

    Args:
        start: the record of the call's beginning, where the process ended before the call did. What was reserved then
            counts as spent: nobody knows better.
        organisations: those that there are, by id.
    """
    attrs = {**(start.attrs if start is not None else {}), **event.attrs}
    reserved = _number(attrs.get("reserved"))
    cost = event.cost_nano
    begun = start is not None or event.type in COPIES_BEGUN
    if begun and cost is None and reserved:
        cost = reserved
    ended = start.occurred_at if start is not None else event.occurred_at
    return LedgerEntry(
        id=_id(event),
        kind=KINDS.get(event.type.rpartition(".")[0], LedgerEntry.Kind.CALL),
        at=_admitted(attrs, ended, event.duration_us),
        ended_at=ended,
        organisation_id=organisations.get(event.organisation_id),
        team_id=event.team_id,
        principal=event.actor_id,
        principal_name=event.actor_name[:255],
        key_id=key_of(event.key_id, event.actor_id),
        end_user=_text(attrs, "end_user", LONGEST_USER),
        budget_id=_text(attrs, "budget", 64),
        cost_centre=_text(attrs, "cost_centre", 64),
        tags=[str(tag)[:64] for tag in attrs.get("tags") or ()][:MOST_TAGS],
        endpoint=_text(attrs, "endpoint", 64),
        model=event.model_requested[:256],
        model_served=event.model_served[:256],
        provider=event.provider,
        deployment_id=_text(attrs, "deployment", 64),
        request_id=event.request_id,
        outcome="aborted" if event.type in COPIES_BEGUN else event.outcome,
        error_code=event.error_code,
        streamed=bool(attrs.get("stream")),
        batch=bool(attrs.get("batch")),
        tokens_in=event.tokens_in or 0,
        tokens_cached=event.tokens_cached or 0,
        tokens_cache_write=_number(attrs.get("cache_write")),
        tokens_out=event.tokens_out or 0,
        tokens_reasoning=event.tokens_reasoning or 0,
        units=attrs.get("units") or {},
        usage_source=_source(event, attrs, begun=begun),
        price_id=_price(attrs),
        cost_nano=cost,
        charged_nano=cost or 0,
        reserved_nano=reserved,
        saved_nano=_number((attrs.get("saved") or {}).get("cost_nano")),
        writer=event.writer or (start.writer if start is not None else None),
    )


def _id(event: AuditEvent) -> uuid.UUID:
    """Of a copy that is over that of its beginning, whose row it finishes."""
    return uuid.UUID(event.attrs["copy_id"]) if event.type in COPIES_OVER else event.pk


def _admitted(attrs: Mapping[str, Any], ended: datetime, duration_us: int | None) -> datetime:
    """To the microsecond what the budgets went by, where one counted the call."""
    if admitted := _number(attrs.get("admitted")):
        return datetime.fromtimestamp(admitted // 1_000_000, UTC) + timedelta(microseconds=admitted % 1_000_000)
    return ended - timedelta(microseconds=duration_us or 0)


def _source(event: AuditEvent, attrs: Mapping[str, Any], *, begun: bool) -> str:
    if begun or attrs.get("usage") == "estimated":
        return "estimated"
    return "none" if event.tokens_in is None and not attrs.get("units") else "reported"


def _price(attrs: Mapping[str, Any]) -> str:
    price = str(attrs.get("price") or "")
    return "" if price in PRICELESS else price[:64]


def _text(attrs: Mapping[str, Any], name: str, longest: int) -> str:
    return str(attrs.get(name) or "")[:longest]


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
