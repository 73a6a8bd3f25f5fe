"""Check the whole live log, and keep what was found."""

import time

from django.db import DatabaseError
from django.utils import timezone

from audit import log
from audit.actions.errors import NotNow
from audit.models import TreeState, VerificationRun
from audit.verification import verify

SAID_EVERY = 1.0  # seconds between two notes of progress
KEPT_RUNS = 500


def ask_for_verification(asked_by: str, *, columns: bool) -> VerificationRun:
    """A run that a worker is to do; nothing is checked yet. Raises NotNow: one is under way."""
    newest = VerificationRun.objects.first()
    if newest is not None and newest.is_open:
        raise NotNow("The log is being checked already.")
    old = VerificationRun.objects.values_list("pk", flat=True)[KEPT_RUNS : 2 * KEPT_RUNS]
    VerificationRun.objects.filter(pk__in=list(old)).delete()
    return VerificationRun.objects.create(asked_by=asked_by, columns=columns)


def run_verification(run: VerificationRun) -> VerificationRun:
    """Do it. The result is in the row and on record; what could not be checked is no success."""
    started = VerificationRun.objects.filter(pk=run.pk, state=VerificationRun.State.WAITING)
    if not started.update(state=VerificationRun.State.RUNNING, touched_at=timezone.now()):
        run.refresh_from_db()
        return run  # another worker has it
    run.size = TreeState.newest_leaf() + 1
    try:
        report = verify(columns=run.columns, progress=_Said(run))
    except (DatabaseError, OSError, ValueError) as error:
        run.findings = [f"it could not be checked: {type(error).__name__}: {error}"]
        run.state = VerificationRun.State.FAILED
    else:
        run.events, run.findings, run.notes, run.more = report.events, report.findings, report.notes, report.more
        run.state = VerificationRun.State.HOLDS if report.holds else VerificationRun.State.BROKEN
    run.checked = run.size * (2 if run.columns else 1)
    run.ended_at = timezone.now()
    run.save()
    _record(run)
    return run


class _Said:
    """Notes the progress of a run, once a second at most."""

    def __init__(self, run: VerificationRun) -> None:
        self._run, self._last, self._before, self._next = run, 0, 0, 0.0

    def __call__(self, looked_at: int) -> None:
        if looked_at < self._last:  # from the beginning again: the columns
            self._before += self._last
        self._last = looked_at
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + SAID_EVERY
            self._run.checked = self._before + looked_at
            self._run.state = VerificationRun.State.RUNNING
            self._run.save(update_fields=["checked", "size", "state", "touched_at"])


def _record(run: VerificationRun) -> None:
    holds = run.state == VerificationRun.State.HOLDS
    attrs = {"run": str(run.pk), "events": run.events, "columns": run.columns, "findings": run.findings[:10]}
    what = "integrity.verified" if holds else "integrity.failed"
    log.record(what, outcome="success" if holds else "failure", attrs={**attrs, "asked_by": run.asked_by})
