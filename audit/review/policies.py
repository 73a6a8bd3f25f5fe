"""The audit policy pages: what is in force, what waits for a second person, the form for another version."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from audit.actions.change_policy import ASK, DECIDE, decide_policy, policy_in_force, propose_policy
from audit.actions.errors import NotNow
from audit.actions.second_person import may_ask, may_decide
from audit.models import AuditPolicy
from audit.outside import outside
from audit.review.page import EvidencePage
from audit.tree.levels import NAMES, TITLES
from audit.tree.policy_rules import CLOSED, DEFAULT_KIB, FAIL_CLASSES, WHERE

SHOWN = 50
SPARE_ROWS = 3
VIEW = "audit.view_auditpolicy"


def policies_of(user: Any) -> QuerySet[AuditPolicy]:
    """Versions that the person may see: of his organisations, and the installation's, which concerns everybody."""
    if user.is_superuser:
        return AuditPolicy.objects.all()
    return AuditPolicy.objects.filter(organisation_id__in=[*user.organisation_ids_with(VIEW), ""])


class PoliciesPage(EvidencePage):
    """What is recorded, of one organisation or of all."""

    template_name = "admin/evidence/policies.html"
    title: ClassVar[str] = "What is recorded"
    permission: ClassVar[str] = VIEW

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Raises Http404: an organisation that is not the person's."""
        user: Any = self.request.user
        choices = _organisations(user)
        organisation = self.request.GET.get("of", next((pk for pk, _ in choices if pk), ""))
        if organisation not in dict(choices):
            raise Http404
        current, shared = policy_in_force(organisation), policy_in_force("")
        rows = list(policies_of(user).filter(organisation_id=organisation)[:SHOWN])
        waiting = [row for row in rows if row.state == AuditPolicy.State.PROPOSED]
        return super().get_context_data(
            choices=choices, organisation=organisation, current=current, shared=shared if organisation else None,
            waiting=[
                (row, may_decide(user, DECIDE, organisation, row.requested_by), row.requested_by == str(user.pk))
                for row in waiting
            ],
            history=rows, may_ask=may_ask(user, ASK, organisation), now=timezone.now(),
            places=self._places(rows, shared), form=_form_of(current), **_lists(organisation), **extra,
        )  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        """Propose."""
        organisation = request.POST.get("of", "")
        try:
            content: dict[str, Any] = {"rules": _rules(request.POST), "fail_modes": _fail_modes(request.POST)}
            content["largest_kib"] = _number(request.POST.get("largest_kib", ""))
            propose_policy(
                request.user, organisation, content, _moment(request.POST.get("valid_from", "")),
                request.POST.get("reason", ""),
            )  # fmt: skip
        except NotNow as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Proposed. It holds when a second person of a compliance role has approved it.")
        return redirect(f"{request.path}?of={organisation}")

    def _places(self, rows: Sequence[AuditPolicy], shared: AuditPolicy | None) -> Mapping[str, str]:
        """Names of the teams and organisations that rules are about."""
        rules = [rule for row in (*rows, *([shared] if shared else ())) for rule in row.rules]
        teams = {rule["team"] for rule in rules if rule.get("team")}
        tenants = {rule["organisation"] for rule in rules if rule.get("organisation")}
        return {**self.named("team", teams), **self.named("organisation", tenants)}


class PolicyDecision(EvidencePage):
    """A second person's word."""

    http_method_names = ("post",)
    permission: ClassVar[str] = VIEW

    def post(self, request: HttpRequest, policy_id: uuid.UUID) -> HttpResponse:
        """Approve or deny. Raises Http404."""
        row = get_object_or_404(policies_of(request.user), pk=policy_id)
        decision = request.POST.get("do", "")
        if decision not in ("approve", "deny"):
            raise Http404
        try:
            decide_policy(row.pk, request.user, approve=decision == "approve", note=request.POST.get("note", ""))
        except NotNow as error:
            messages.error(request, str(error))
        return redirect(f"{reverse('admin:evidence-policies')}?of={row.organisation_id}")


def _organisations(user: Any) -> list[tuple[str, str]]:
    held = [(pk, name) for pk, name in user.audit_organisations() if user.is_superuser or _views(user, pk)]
    return [*held, ("", "The whole installation")]


def _views(user: Any, organisation_id: str) -> bool:
    return organisation_id in user.organisation_ids_with(VIEW)


def _lists(organisation: str) -> dict[str, Any]:
    return {
        "levels": [(NAMES[level], TITLES[level]) for level in sorted(TITLES)],
        "teams": outside().choices("team", organisation) if organisation else [],
        "tenants": [] if organisation else outside().choices("organisation", ""),
        "fail_classes": FAIL_CLASSES if not organisation else ("proxy",),
    }


def _form_of(current: AuditPolicy | None) -> dict[str, Any]:
    rules = [] if current is None else list(current.rules)
    return {
        "rules": [*rules, *({} for _ in range(SPARE_ROWS))],
        "fail_modes": {} if current is None else current.fail_modes,
        "largest_kib": DEFAULT_KIB if current is None else current.largest_kib,
    }


def _rules(given: Any) -> list[dict[str, str]]:
    """The rows of the form that have a level, in the order of their numbers. Raises NotNow."""
    columns = {name: given.getlist(name) for name in ("level", *WHERE)}
    found = []
    for place, level in enumerate(columns["level"]):
        if level:
            values = {name: columns[name][place].strip() for name in WHERE if place < len(columns[name])}
            found.append({"level": level, **{name: value for name, value in values.items() if value}})
    return found


def _fail_modes(given: Any) -> dict[str, str]:
    return {name: given[f"fail-{name}"] for name in FAIL_CLASSES if given.get(f"fail-{name}", CLOSED) != CLOSED}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise NotNow("The most that is kept of a body is a number of KiB.")
    return int(text)


def _moment(text: str) -> dt.datetime | None:
    """UTC, as a browser's field gives it. Raises NotNow."""
    if not text:
        return None
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise NotNow("The time from which it holds is not a time.") from error
