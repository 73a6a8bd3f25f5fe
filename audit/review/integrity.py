"""The integrity page: what was signed, what was checked, who writes, what is missing."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit import lag
from audit.actions.errors import NotNow
from audit.actions.feed_sinks import behind
from audit.actions.verify_log import ask_for_verification
from audit.catalogue import COVERAGE
from audit.models import (
    AuditEvent,
    DeadLetter,
    Destination,
    LogKey,
    SignedCheckpoint,
    SpoolWriterRow,
    TreeState,
    VerificationRun,
)
from audit.review.page import EvidencePage
from audit.tasks import hint

SHOWN = 10
MOST_COUNTED = 1000
LATE = 60.0  # seconds after which records that wait are a worry


class IntegrityPage(EvidencePage):
    """Whether the log can be relied on, and why."""

    template_name = "admin/evidence/integrity.html"
    title: ClassVar[str] = "Integrity"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Newest of everything; nothing here is of a single tenant, and no record's content is shown."""
        return super().get_context_data(**_state(), **extra)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Verify now."""
        try:
            ask_for_verification(request.user.get_username(), columns="columns" in request.POST)
        except NotNow as error:
            messages.info(request, str(error))
        else:
            hint()
        return redirect("admin:evidence-integrity")


class IntegrityState(IntegrityPage):
    """The part of the page that changes while one looks at it."""

    http_method_names = ("get",)
    template_name = "admin/evidence/integrity_state.html"


def _state() -> dict[str, Any]:
    alias = settings.AUDIT_DB_ALIAS
    runs = list(VerificationRun.objects.all()[:SHOWN])
    late = lag.seconds()
    gaps = AuditEvent.objects.using(alias).filter(type__in=("audit.gap.detected", "integrity.fork_detected"))
    unexplained = AuditEvent.objects.using(alias).filter(type__in=COVERAGE)
    return {
        "runs": runs,
        "open_run": next((run for run in runs if run.is_open), None),
        "last": next((run for run in runs if run.ended_at), None),
        "size": TreeState.newest_leaf() + 1,
        "checkpoints": list(SignedCheckpoint.objects.using(alias)[:SHOWN]),
        "keys": list(LogKey.objects.using(alias).order_by("-first_used_at")),
        "writers": list(SpoolWriterRow.objects.using(alias).order_by("-opened_at")[:SHOWN]),
        "missing": list(SpoolWriterRow.objects.using(alias).filter(gaps__gt=0).order_by("-opened_at")[:SHOWN]),
        "gaps": list(gaps.defer("raw").order_by("-id")[:SHOWN]),
        "unexplained": list(unexplained.defer("raw").order_by("-id")[:SHOWN]),
        "dead_letters": len(DeadLetter.objects.using(alias).values_list("pk")[:MOST_COUNTED]),
        "destinations": [(one, behind(one)) for one in Destination.objects.all()],
        "most_counted": MOST_COUNTED,
        "lag": late,
        "is_late": late > LATE,
    }
