"""The alerts page: what rules found, who looks at it, what came of it."""

import uuid
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from audit.actions.answer_alert import CHANGE, VIEW, acknowledge_alert, close_alert
from audit.actions.errors import NotNow
from audit.actions.open_case import ADD, add_events, open_case
from audit.models import Alert, AlertRule, ReviewCase
from audit.models.export_job import may
from audit.review.page import EvidencePage
from audit.review.scope import events, visible

SHOWN = 50


def alerts_of(user: Any) -> QuerySet[Alert]:
    """Alerts of organisations whose alerts the person may see."""
    rows = Alert.objects.select_related("rule")
    if user.is_superuser:
        return rows
    held = user.organisation_ids_with(VIEW) if hasattr(user, "organisation_ids_with") else []
    return visible(rows.filter(organisation_id__in=held), user)


def rules_of(user: Any) -> QuerySet[AlertRule]:
    """The rules over events that the person may see."""
    return visible(AlertRule.objects.all(), user)


class AlertsPage(EvidencePage):
    """What is not closed first; the rules; and one click to the events."""

    template_name = "admin/evidence/alerts.html"
    title: ClassVar[str] = "Alerts"
    permission: ClassVar[str] = VIEW

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Closed ones by keyset."""
        user: Any = self.request.user
        before = _id(self.request.GET.get("before", ""))
        closed = alerts_of(user).filter(state=Alert.State.CLOSED)
        found = list((closed if before is None else closed.filter(pk__lt=before))[: SHOWN + 1])
        waiting = alerts_of(user).exclude(state=Alert.State.CLOSED)
        names = self.named("organisation", {alert.organisation_id for alert in waiting})
        return super().get_context_data(
            waiting=[
                (alert, names.get(alert.organisation_id, ""), _search(alert), may(user, CHANGE, alert.organisation_id))
                for alert in waiting
            ],
            closed=found[:SHOWN], older=found[SHOWN - 1].pk if len(found) > SHOWN else None,
            rules=rules_of(user), may_make=user.has_perm("audit.add_alertrule"), **extra,
        )  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        """Acknowledge, close, or open a case with what it found."""
        alert = get_object_or_404(alerts_of(request.user), pk=_id(request.POST.get("alert", "")))
        do = request.POST.get("do", "")
        try:
            if do == "case":
                case = case_from(alert, request.user)
                return redirect("admin:evidence-case", case_id=case.pk)
            if do not in ("acknowledge", "close"):
                raise Http404
            if do == "acknowledge":
                acknowledge_alert(alert, request.user)
            else:
                close_alert(alert, request.user, request.POST.get("note", ""))
        except NotNow as error:
            messages.error(request, str(error))
        return redirect("admin:evidence-alerts")


def case_from(alert: Alert, user: Any) -> ReviewCase:
    """A case with the first and the last event of an alert. Raises NotNow."""
    if not may(user, ADD, alert.organisation_id):
        raise NotNow("Your roles do not let you open cases here.")
    case = open_case(user, alert.organisation_id, f"Alert: {alert.rule.name}", f"{alert.rule.query}")
    add_events(case, user, events(user).filter(pk__in={alert.first_event, alert.last_event}), "of the alert")
    return case


def _search(alert: Alert) -> str:
    """The explorer's address for what it found: the rule's filters on the alert's days."""
    query = dict(parse_qsl(alert.rule.query.lstrip("?")))
    query |= {"from": f"{alert.first_at:%Y-%m-%d}", "to": f"{alert.last_at:%Y-%m-%d}"}
    if alert.organisation_id:
        query["organisation"] = alert.organisation_id
    return urlencode(query)


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise Http404 from error
