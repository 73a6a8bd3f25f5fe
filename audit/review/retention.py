"""Retention and holds: how long what is kept, what goes next, what may not go, whose content was asked to go."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from audit.actions.change_retention import decide_retention, propose_retention
from audit.actions.deciding import DECIDE
from audit.actions.erase_subject import ask_for_erasure, decide_erasure
from audit.actions.errors import NotNow
from audit.actions.legal_holds import ask_for_release, decide_release, place_hold
from audit.actions.second_person import holds, may_ask, may_decide
from audit.models import LegalHold, RetentionPolicy, SubjectRequest
from audit.models.retention import Decided, standing
from audit.retention.classes import CLASSES, floor_of
from audit.retention.plan import Planned, planned, standings
from audit.review.filters import BadFilter
from audit.review.page import EvidencePage
from audit.review.scope import events
from audit.tasks import ask_retention

SHOWN = 50
VIEW = "audit.view_retentionpolicy"
ASK = "audit.add_retentionpolicy"
WENT = ("retention.purged", "data.subject.erased")
KINDS: Mapping[str, type[Decided]] = {"policy": RetentionPolicy, "hold": LegalHold, "subject": SubjectRequest}


def rows_of(kind: str, user: Any) -> QuerySet[Any]:
    """Rows of the organisations that the person sees; the installation's concern everybody. Raises Http404."""
    model = KINDS.get(kind)
    if model is None:
        raise Http404
    rows: QuerySet[Any] = model._default_manager.all()
    if user.is_superuser:
        return rows
    return rows.filter(organisation_id__in=[*user.organisation_ids_with(VIEW), ""])


class RetentionPage(EvidencePage):
    """Everything about how long evidence stays, in one place."""

    template_name = "admin/evidence/retention.html"
    title: ClassVar[str] = "Retention and holds"
    permission: ClassVar[str] = VIEW

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """The dry run is counted now; nothing is touched."""
        user: Any = self.request.user
        everywhere = user.is_superuser or holds(user, VIEW, "")
        due, problem = _due(user, everywhere=everywhere)
        rows = {kind: list(rows_of(kind, user)[:SHOWN]) for kind in KINDS}
        tenants = self._tenants(user)
        return super().get_context_data(
            standings=[(one, floor_of(one.retention_class)) for one in standings()] if everywhere else _own(),
            everywhere=everywhere, due=due, problem=problem, tenants=tenants, classes=CLASSES.items(),
            waiting=self._waiting(rows), holds=[hold for hold in rows["hold"] if hold.is_in_force],
            policies=rows["policy"], subjects=[(row, standing(row)) for row in rows["subject"]],
            may_ask_all=may_ask(user, ASK, ""), may_ask=bool(tenants) or may_ask(user, ASK, ""),
            went=events(user).filter(type__in=WENT).order_by("-id")[:SHOWN],
            names=dict(user.audit_organisations()), **extra,
        )  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask for something. Raises Http404: for nothing that there is."""
        deed = DEEDS.get(request.POST.get("do", ""))
        if deed is None:
            raise Http404
        try:
            messages.success(request, deed(request))
        except NotNow as error:
            messages.error(request, str(error))
        return redirect("admin:evidence-retention")

    def _waiting(self, rows: Mapping[str, Sequence[Any]]) -> list[tuple[str, Any, bool, bool]]:
        """(kind, row, whether this person decides, whether he asked), of all that waits for a second person."""
        user: Any = self.request.user
        found = []
        for kind, of_kind in rows.items():
            for row in of_kind:
                if row.state == Decided.State.REQUESTED and row.requested_by:
                    decides = may_decide(user, DECIDE, row.organisation_id, row.requested_by)
                    found.append((kind, row, decides, row.requested_by == str(user.pk)))
        return found

    def _tenants(self, user: Any) -> list[tuple[str, str]]:
        return [(pk, name) for pk, name in user.audit_organisations() if may_ask(user, ASK, pk)]


class RetentionDecision(EvidencePage):
    """A second person's word."""

    http_method_names = ("post",)
    permission: ClassVar[str] = VIEW

    def post(self, request: HttpRequest, kind: str, row_id: uuid.UUID) -> HttpResponse:
        """Approve or deny. Raises Http404."""
        row: Model = get_object_or_404(rows_of(kind, request.user), pk=row_id)
        decision = request.POST.get("do", "")
        if decision not in ("approve", "deny"):
            raise Http404
        try:
            DECISIONS[kind](row.pk, request.user, approve=decision == "approve", note=request.POST.get("note", ""))
        except (BadFilter, NotNow) as error:
            messages.error(request, str(error))
        return redirect("admin:evidence-retention")


DECISIONS: Mapping[str, Callable[..., Any]] = {
    "policy": decide_retention, "hold": decide_release, "subject": decide_erasure,
}  # fmt: skip


def _due(user: Any, *, everywhere: bool) -> tuple[list[Planned], str]:
    try:
        found = list(planned())
    except BadFilter as error:
        return [], f"A legal hold cannot be read, so nothing is removed: {error}"
    if everywhere:
        return found, ""
    own = user.organisation_ids_with(VIEW)
    return [one for one in found if one.organisation_id in own], ""


def _own() -> list[Any]:
    """Who sees only his organisations sees the times that hold, and not what there is of others."""
    return [(replace(one, next_month="", next_at=None), floor_of(one.retention_class)) for one in standings()]


def _change(request: HttpRequest) -> str:
    given = request.POST
    days = given.get("days", "")
    if not (days.isascii() and days.isdigit() and len(days) < 7):
        raise NotNow("For how long: a number of days.")
    row = propose_retention(
        request.user, given.get("class", ""), given.get("of", ""), int(days), given.get("reason", "")
    )
    if row.state == RetentionPolicy.State.APPROVED:
        return "It holds now."
    return "Shorter than now: a second person of a compliance role approves it here."


def _hold(request: HttpRequest) -> str:
    given = request.POST
    query = dict(parse_qsl(given.get("query", "").strip().lstrip("?")))
    period = (_day(given.get("from", "")), _day(given.get("to", "")))
    place_hold(
        request.user, given.get("of", ""), given.get("name", ""), query, period, given.get("reason", ""),
        given.get("ticket", ""),
    )  # fmt: skip
    return "Placed. It holds from now on."


def _release(request: HttpRequest) -> str:
    hold = rows_of("hold", request.user).filter(pk=_uuid(request.POST.get("hold", ""))).first()
    if hold is None:
        raise Http404
    ask_for_release(hold.pk, request.user, request.POST.get("reason", ""))
    return "Asked for. The hold goes on until a second person has approved its release here."


def _erase(request: HttpRequest) -> str:
    given = request.POST
    row = ask_for_erasure(request.user, given.get("of", ""), given.get("subject", ""), given.get("reason", ""))
    return f"Asked for, as {row}. A second person of a compliance role approves it here."


def _run(request: HttpRequest) -> str:
    if not may_ask(request.user, ASK, ""):
        raise NotNow("Your roles do not let you start it.")
    ask_retention()
    return "A worker is looking. What went stands below within a minute."


DEEDS: Mapping[str, Callable[[HttpRequest], str]] = {
    "change": _change, "hold": _hold, "release": _release, "erase": _erase, "run": _run,
}  # fmt: skip


def _day(text: str) -> dt.datetime | None:
    """The beginning of a day in UTC. Raises NotNow."""
    if not text:
        return None
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise NotNow("A day is written as 2026-11-28.") from error


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error
