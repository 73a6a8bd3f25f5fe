"""What stands in a table or a list for one column of an event."""

from collections.abc import Callable, Mapping
from datetime import datetime

from audit.models import AuditEvent
from audit.review.wording import money, seconds


def text_of(event: AuditEvent, column: str) -> str:
    """A column of the event, or one of DERIVED, as text; "" where there is nothing."""
    if column in DERIVED:
        return DERIVED[column](event)
    value = getattr(event, column)
    if value in (None, "", []):
        return ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else str(value)


def _who(event: AuditEvent) -> str:
    return event.actor_name or event.actor_type


def _tokens(event: AuditEvent) -> str:
    return "" if event.tokens_in is None else f"{event.tokens_in:,} / {event.tokens_out or 0:,}"


def _target(event: AuditEvent) -> str:
    return " ".join(part for part in (event.target_type, event.target_name or event.target_id) if part)


def _cost(event: AuditEvent) -> str:
    return "" if event.cost_nano is None else money(event.cost_nano / 1e9)


def _took(event: AuditEvent) -> str:
    return "" if event.duration_us is None else seconds(event.duration_us / 1000)


def _ttft(event: AuditEvent) -> str:
    return "" if event.ttft_us is None else seconds(event.ttft_us / 1000)


def _team(event: AuditEvent) -> str:
    return event.team_id


DERIVED: Mapping[str, Callable[[AuditEvent], str]] = {
    "who": _who,
    "tokens": _tokens,
    "target": _target,
    "team": _team,
    "took": _took,
    "ttft": _ttft,
    "cost": _cost,
}
