"""Look through new events for what alert rules are about: each leaf once, by a cursor, whatever is killed."""

import datetime as dt
from collections import deque
from collections.abc import Iterable
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from audit.context import Target
from audit.event_ids import first_id
from audit.log import record
from audit.models import Alert, AlertRule, AuditEvent
from audit.review.filters import BadFilter, filters_of

logger = structlog.get_logger(__name__)
MOST_LEAVES = 20_000
# What follows from an alert must not raise the next one.
NEVER = Q(category="alert")


def raise_alerts() -> int:
    """How many alerts were raised. A rule whose search is no search any more is named and left alone."""
    raised = 0
    for pk in AlertRule.objects.filter(enabled=True).values_list("pk", flat=True):
        try:
            raised += examine(pk)
        except BadFilter as error:
            logger.warning("audit.alert_rule_not_examined", rule=str(pk), reason=str(error))
    return raised


def examine(rule_id: UUID) -> int:
    """The leaves since the last time, up to MOST_LEAVES; alerts and cursor in one transaction. Raises BadFilter."""
    with transaction.atomic():
        rule = AlertRule.objects.select_for_update().get(pk=rule_id)
        log = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS)
        leaves = log.filter(leaf_index__gt=rule.examined_up_to).order_by("leaf_index")
        newest = max(leaves.values_list("leaf_index", flat=True)[:MOST_LEAVES], default=None)
        if newest is None:
            return 0
        wanted = matching(rule)
        new = wanted.filter(leaf_index__gt=rule.examined_up_to, leaf_index__lte=newest).order_by("leaf_index")
        raised = _examine(rule, wanted, list(new))
        AlertRule.objects.filter(pk=rule.pk).update(examined_up_to=newest)
    return raised


def matching(rule: AlertRule) -> QuerySet[AuditEvent]:
    """The events that the rule is about, without their bytes. Raises BadFilter."""
    wanted = filters_of(rule.query)
    rows = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(wanted.dimensional).exclude(NEVER)
    if wanted.rest is not None:
        rows = rows.filter(wanted.rest)
    if rule.organisation_id:
        rows = rows.filter(organisation_id=rule.organisation_id)
    return rows.only("id", "leaf_index", "occurred_at")


def _examine(rule: AlertRule, wanted: QuerySet[AuditEvent], new: list[AuditEvent]) -> int:
    if not new:
        return 0
    open_one = rule.alerts.exclude(state=Alert.State.CLOSED).first()
    if open_one is not None:
        _count(open_one, new)
        return 0
    window, length = deque(_before(rule, wanted, new[0])), dt.timedelta(minutes=rule.window_minutes)
    for place, event in enumerate(new):
        window.append(event)
        while event.occurred_at - window[0].occurred_at > length:
            window.popleft()
        if len(window) >= rule.at_least:
            alert = _raise(rule, window)
            _count(alert, new[place + 1 :])
            return 1
    return 0


def _before(rule: AlertRule, wanted: QuerySet[AuditEvent], first: AuditEvent) -> list[AuditEvent]:
    """What counts with the first new event: within the time, and not counted in an earlier alert."""
    last = rule.alerts.first()
    since = first_id(first.occurred_at - dt.timedelta(minutes=rule.window_minutes))
    earlier = wanted.filter(
        id__gte=since, leaf_index__lt=first.leaf_index, leaf_index__gt=-1 if last is None else last.last_leaf
    )
    return sorted(earlier.order_by("-leaf_index")[: rule.at_least], key=lambda event: event.leaf_index)


def _raise(rule: AlertRule, found: Iterable[AuditEvent]) -> Alert:
    events = list(found)
    first, last = events[0], events[-1]
    alert = Alert.objects.create(
        rule=rule, organisation_id=rule.organisation_id, events=len(events), first_event=first.pk, last_event=last.pk,
        last_leaf=last.leaf_index, first_at=first.occurred_at, last_at=last.occurred_at,
    )  # fmt: skip
    record_alert(alert, "raised", query=rule.query, window_minutes=rule.window_minutes, last_event=str(last.pk))
    return alert


def _count(alert: Alert, more: list[AuditEvent]) -> None:
    more = [event for event in more if event.leaf_index > alert.last_leaf]
    if not more:
        return
    alert.events += len(more)
    alert.last_event, alert.last_leaf = more[-1].pk, more[-1].leaf_index
    alert.last_at = more[-1].occurred_at
    alert.save(update_fields=["events", "last_event", "last_leaf", "last_at"])


def record_alert(alert: Alert, step: str, *, outcome: str = "success", reason: str = "", **attrs: object) -> None:
    """Put a step on record."""
    record(
        f"alert.{step}", outcome=outcome, target=Target("alert", str(alert.pk), alert.rule.name),
        reason=reason or None, organisation_id=alert.organisation_id or None,
        attrs={"rule": str(alert.rule_id), "events": alert.events, **attrs},
    )  # fmt: skip
