"""The cases pages: which there are, and one of them with its events, its history and what can be done."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from audit.actions.errors import NotNow
from audit.actions.open_case import add_events, escalate_item, open_case
from audit.actions.read_content import may_read
from audit.actions.work_on_case import (
    CHANGE,
    VIEW,
    close_case,
    export_case,
    give_case,
    hold_case,
    note_case,
    reopen_case,
)
from audit.models import AuditEvent, ExportJob, LegalHold, ReviewCase
from audit.models.export_job import may
from audit.review.case_choices import cases_of, organisations_of
from audit.review.detail import EventPage
from audit.review.page import EvidencePage
from audit.review.queues import items_of
from audit.review.scope import events

SHOWN = 50
EVENTS_SHOWN = 200


class CasesPage(EvidencePage):
    """Open cases, newest first, then closed ones; and the form for another one."""

    template_name = "admin/evidence/cases.html"
    title: ClassVar[str] = "Cases"
    permission: ClassVar[str] = VIEW

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """By state, by keyset."""
        user: Any = self.request.user
        state = self.request.GET.get("state", "open")
        rows = cases_of(user).filter(state=state if state in ReviewCase.State.values else "open")
        before = _id(self.request.GET.get("before", ""))
        found = list((rows if before is None else rows.filter(pk__lt=before)).annotate(n=Count("items"))[: SHOWN + 1])
        names = self.named("organisation", {case.organisation_id for case in found})
        return super().get_context_data(
            cases=[(case, names.get(case.organisation_id, case.organisation_id)) for case in found[:SHOWN]],
            state=state, states=ReviewCase.State.choices, older=found[SHOWN - 1].pk if len(found) > SHOWN else None,
            organisations=organisations_of(user), **extra,
        )  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open one."""
        given = request.POST
        try:
            case = open_case(request.user, given.get("of", ""), given.get("title", ""), _text(given.get("about", "")))
        except NotNow as error:
            messages.error(request, str(error))
            return redirect("admin:evidence-cases")
        messages.success(request, "The case is open. Add events to it from their pages.")
        return redirect("admin:evidence-case", case_id=case.pk)


class CasePage(EvidencePage):
    """One case."""

    template_name = "admin/evidence/case.html"
    title: ClassVar[str] = "Case"
    permission: ClassVar[str] = VIEW

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Raises Http404 also for what is not the person's to see."""
        user: Any = self.request.user
        case = get_object_or_404(cases_of(user), pk=extra.pop("case_id"))
        organisation = self.named("organisation", [case.organisation_id])
        items = list(case.items.all()[:EVENTS_SHOWN])
        known = {event.pk: event for event in events(user).filter(pk__in=[item.event_id for item in items])}
        exports = ExportJob.objects.filter(query=case.query, organisation_id=case.organisation_id)
        holds = LegalHold.objects.filter(query=case.query, organisation_id=case.organisation_id)
        return super().get_context_data(
            case=case, organisation=organisation.get(case.organisation_id, case.organisation_id),
            items=[(item, known.get(item.event_id)) for item in items], history=case.notes.all(),
            exports=exports if user.has_perm("audit.view_exportjob") else (), holds=holds,
            formats=ExportJob.Format.choices, may_work=may(user, CHANGE, case.organisation_id),
            may_export=may(user, "audit.add_exportjob", case.organisation_id),
            may_hold=may(user, "audit.add_legalhold", case.organisation_id),
            may_read=may_read(user, case.organisation_id), **extra,
        )  # fmt: skip

    def post(self, request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
        """One of DEEDS, then the page again."""
        case = get_object_or_404(cases_of(request.user), pk=case_id)
        deed = DEEDS.get(request.POST.get("do", ""))
        if deed is None:
            raise Http404
        try:
            messages.success(request, deed(request, case))
        except NotNow as error:
            messages.error(request, str(error))
        return redirect("admin:evidence-case", case_id=case_id)


class CaseEventPage(EvidencePage):
    """POST only: put an event into a case, or open one with it; from a review item, that is an escalation."""

    http_method_names = ("post",)
    permission: ClassVar[str] = VIEW

    def post(self, request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
        """To the case, or back to where it was tried."""
        event = EventPage.found(request.user, event_id)
        item_id = _id(request.POST.get("item", ""))
        try:
            case = self._put(request, event, item_id)
        except NotNow as error:
            messages.error(request, str(error))
            if item_id is not None:
                return redirect("admin:evidence-item", item_id=item_id)
            return redirect("admin:evidence-event", event_id=event_id)
        messages.success(request, f"The event is in the case “{case.title}”.")
        return redirect("admin:evidence-case", case_id=case.pk)

    def _put(self, request: HttpRequest, event: AuditEvent, item_id: uuid.UUID | None) -> ReviewCase:
        user, given = request.user, request.POST
        chosen, title = _id(given.get("case", "")), given.get("title", "")
        case = None if chosen is None else get_object_or_404(cases_of(user), pk=chosen)
        if item_id is not None:
            item = get_object_or_404(items_of(user), pk=item_id, event_id=event.pk)
            return escalate_item(item, user, event, case, title)
        case = case or open_case(user, event.organisation_id, title)
        if not add_events(case, user, [event], given.get("note", "")):
            raise NotNow("The event is in that case already.")
        return case


def _note(request: HttpRequest, case: ReviewCase) -> str:
    note_case(case, request.user, _text(request.POST.get("text", "")))
    return "Noted."


def _give(request: HttpRequest, case: ReviewCase) -> str:
    name = request.POST.get("to", "").strip()
    give_case(case, request.user, person_named(name))
    return f"{name} looks after it now."


def person_named(name: str) -> Any:
    """Raises NotNow: there is nobody of that name."""
    person = get_user_model()._default_manager.filter(username=name, is_active=True).first()
    if person is None:
        raise NotNow(f"There is nobody named {name}.")
    return person


def _hold(request: HttpRequest, case: ReviewCase) -> str:
    hold_case(case, request.user, request.POST.get("text", ""))
    return "Its events, and those added later, are kept until the hold is released."


def _export(request: HttpRequest, case: ReviewCase) -> str:
    given = request.POST
    export_case(case, request.user, given.get("format", ""), given.get("text", ""), with_content="content" in given)
    return "Asked for. A second person approves it; then it is built and listed below."


def _close(request: HttpRequest, case: ReviewCase) -> str:
    close_case(case, request.user, _text(request.POST.get("text", "")))
    return "The case is closed; the statement is on record."


def _reopen(request: HttpRequest, case: ReviewCase) -> str:
    reopen_case(case, request.user, request.POST.get("text", ""))
    return "The case is open again."


DEEDS: Mapping[str, Callable[[HttpRequest, ReviewCase], str]] = {
    "note": _note,
    "give": _give,
    "hold": _hold,
    "export": _export,
    "close": _close,
    "reopen": _reopen,
}


def _text(text: str) -> str:
    return text.replace("\r\n", "\n")


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise Http404 from error
