"""Guardrail hits: what was blocked, redacted or flagged, by rule, verdict and model; how much was a false alarm."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

from django.utils import timezone

from audit.catalogue import EVENT_TYPES
from audit.event_ids import first_id
from audit.models import AuditEvent, ReviewItem
from audit.review.page import EvidencePage
from audit.review.period import DEFAULT, PRESETS, BadPeriod, Period
from audit.review.scope import events

# Counted from events, not from roll-ups, which know no rules: the page says when there are more.
MOST_COUNTED = 5_000
SHOWN = 50
HARMLESS = ("", "allow")
TYPES = tuple(name for name, kind in EVENT_TYPES.items() if kind.category == "guardrail")


class Counted(NamedTuple):
    """A value and how often it was hit; the explorer's filter for it."""

    filter: str
    title: str
    values: list[tuple[str, int]]


class GuardrailsPage(EvidencePage):
    """What guardrails did in a period."""

    template_name = "admin/evidence/guardrails.html"
    title: ClassVar[str] = "Guardrail hits"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """A wrong period is named, and the page shows the usual one."""
        now, problem = timezone.now().astimezone(dt.UTC), ""
        try:
            period = Period.asked_for(self.request.GET, now)
        except BadPeriod as error:
            period, problem = Period.asked_for({"range": DEFAULT}, now), str(error)
        found = self.hits(period)
        shown, judged = found[:SHOWN], verdicts_of(found)
        return super().get_context_data(
            period=period, presets=PRESETS.values(), problem=problem, counts=counts(found), number=len(found),
            hits=[(event, rules_of(event), judged.get(event.pk, "")) for event in shown],
            false_alarms=sum(verdict == "false_alarm" for verdict in judged.values()), judged=len(judged),
            is_cut=len(found) == MOST_COUNTED, **extra,
        )  # fmt: skip

    def hits(self, period: Period) -> list[AuditEvent]:
        """The newest of the period, at most MOST_COUNTED."""
        rows = events(self.request.user).filter(id__gte=first_id(period.since), id__lt=first_id(period.until))
        # Two looks, each by its own index.
        own = rows.filter(type__in=TYPES).order_by("-id")[:MOST_COUNTED]
        marked = rows.exclude(guardrail_verdict__in=HARMLESS).order_by("-id")[:MOST_COUNTED]
        found = {event.pk: event for event in (*own, *marked)}
        return sorted(found.values(), key=lambda event: event.pk, reverse=True)[:MOST_COUNTED]


def rules_of(event: AuditEvent) -> list[str]:
    """Which rules it was, as the record names them."""
    named = event.attrs.get("guardrail_rules")
    return [str(rule) for rule in named] if isinstance(named, list) else []


def counts(found: Iterable[AuditEvent]) -> list[Counted]:
    """By rule, verdict and model, the most frequent first."""
    rules, verdicts, models = Counter[str](), Counter[str](), Counter[str]()
    for event in found:
        rules.update(rules_of(event) or ["not named"])
        verdicts[event.guardrail_verdict or event.type.removeprefix("guardrail.")] += 1
        models[event.model_requested or "not named"] += 1
    return [
        Counted("guardrail", "Rules", rules.most_common(10)),
        Counted("verdict", "Verdicts", verdicts.most_common(10)),
        Counted("model", "Models", models.most_common(10)),
    ]


def verdicts_of(found: Iterable[AuditEvent]) -> dict[Any, str]:
    """Event to what reviewers said of it, of those that are decided."""
    ids = [event.pk for event in found]
    decided = ReviewItem.objects.filter(event_id__in=ids, state=ReviewItem.State.DECIDED)
    return dict(decided.values_list("event_id", "verdict"))
