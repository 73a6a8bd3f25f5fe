"""Why a past call went where it went: the plan that its record keeps."""

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings

from accounts.models import User
from audit.models import AuditEvent
from llmproxy.models import Route

TERMINAL = ("proxy.request.completed", "proxy.request.failed", "proxy.request.aborted")


class PastCall(NamedTuple):
    """One call as its record has it."""

    request_id: str
    event_id: str
    at: datetime
    type: str
    status: int | None
    plan: dict[str, Any]


def execute(route: Route, request_id: str, viewer: User) -> PastCall | None:
    """As `viewer` may see it. None where no such call is on record (yet: records are taken in within seconds)."""
    for event in _events(route, viewer).filter(request_id=request_id)[:5]:
        if (call := _call(event, route)) is not None:
            return call
    return None


def latest(route: Route, viewer: User, most: int = 20) -> list[PastCall]:
    """The newest calls of the route that `viewer` may see."""
    rows = _events(route, viewer).filter(model_requested=route.public_name)[: 3 * most]
    calls = (_call(event, route) for event in rows)
    return [call for call in calls if call is not None][:most]


def _events(route: Route, viewer: User) -> Any:
    """Of a shared route each sees the calls of his own organisations."""
    rows = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(type__in=TERMINAL).order_by("-id")
    if route.organisation_id is not None:
        return rows.filter(organisation_id=str(route.organisation_id))
    if viewer.is_superuser:
        return rows
    return rows.filter(organisation_id__in=[str(pk) for pk in viewer.organisation_ids_with("llmproxy.view_route")])


def _call(event: AuditEvent, route: Route) -> PastCall | None:
    plan = event.attrs.get("plan")
    if not isinstance(plan, dict) or plan.get("route") != str(route.pk):
        return None
    return PastCall(event.request_id, str(event.pk), event.occurred_at, event.type, event.http_status, plan)
