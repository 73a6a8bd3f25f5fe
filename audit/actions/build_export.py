"""Build the file of an approved export, and delete it when its time has come."""

import shutil
import time
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import file_digest
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from audit.actions.decide_exports import record_step
from audit.actions.sign_checkpoint import sign_checkpoint
from audit.catalogue import KEPT as CONTENT_KEPT
from audit.context import Actor, Target
from audit.errors import ForkDetected, NothingSigned
from audit.event_ids import first_id, moment_of
from audit.evidence.bundle import BundleWriter
from audit.formats.files import FILE_FORMATS
from audit.log import record
from audit.models import AuditEvent, ExportJob, SignedCheckpoint
from audit.models.export_job import KEPT
from audit.review.filters import filters_of

logger = structlog.get_logger(__name__)
BATCH = 1000
MOST_NAMED = 500
SAID_EVERY = 1.0  # seconds between two notes of progress


class Withdrawn(Exception):
    """The job is not being built any more: somebody deleted the row or another worker took it over."""


def build_export(job_id: UUID) -> ExportJob | None:
    """Build it, if it waits to be built and nobody else does; the job as it is then. A failure is in the row."""
    with transaction.atomic():
        job = ExportJob.objects.to_build().select_for_update().filter(pk=job_id).first()
        if job is None:
            return None
        job.state, job.percent, job.problem = ExportJob.State.BUILDING, 0, ""
        job.save()
        record_step(job, "started")
    try:
        _build(job)
    except Withdrawn:
        return None
    except (DatabaseError, ForkDetected, NothingSigned, OSError, ValueError) as error:
        logger.error("audit.export_failed", job=str(job.pk), error=str(error))
        job.state, job.problem = ExportJob.State.FAILED, f"{type(error).__name__}: {error}"[:500]
    with transaction.atomic():
        job.save()
        outcome = "success" if job.state == ExportJob.State.READY else "failure"
        step = "built" if job.state == ExportJob.State.READY else "failed"
        record_step(job, step, outcome, events=job.events, bytes=job.size, sha256=job.sha256, problem=job.problem)
    return job


def expire_exports() -> int:
    """Delete files whose time has come; how many."""
    expired = 0
    for job in ExportJob.objects.overdue():
        with transaction.atomic():
            if not ExportJob.objects.overdue().filter(pk=job.pk).update(state=ExportJob.State.EXPIRED):
                continue
            record_step(job, "expired", downloads=job.downloads)
        job.path.unlink(missing_ok=True)
        expired += 1
    return expired


def chosen_events(job: ExportJob) -> QuerySet[AuditEvent]:
    """The events of the job: its organisation's, of its period, as its filters say. Raises BadFilter."""
    wanted = filters_of(job.query)
    rows = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(
        wanted.dimensional, id__gte=first_id(job.since), id__lt=first_id(job.until)
    )
    if job.organisation_id:
        rows = rows.filter(organisation_id=job.organisation_id)
    rows = rows if wanted.rest is None else rows.filter(wanted.rest)
    return rows | _kept_of(rows, job) if job.with_content else rows


def _kept_of(rows: QuerySet[AuditEvent], job: ExportJob) -> QuerySet[AuditEvent]:
    """The records of what was kept of the same calls, which the filters need not name: they bring the words along."""
    calls = rows.exclude(request_id="").values("request_id")
    kept = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(type=CONTENT_KEPT, request_id__in=calls)
    return kept.filter(organisation_id=job.organisation_id) if job.organisation_id else kept


def _build(job: ExportJob) -> None:
    job.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = job.path.with_suffix(".new")
    if job.format == ExportJob.Format.BUNDLE:
        _build_bundle(job, draft)
    else:
        with draft.open("wb") as file:
            FILE_FORMATS[job.format].write(file, _told(job, _by_id(chosen_events(job))))
    with draft.open("rb") as file:
        job.sha256 = file_digest(file, "sha256").hexdigest()
    job.size = draft.stat().st_size
    draft.chmod(0o600)
    draft.replace(job.path)
    job.state, job.percent, job.expires_at = ExportJob.State.READY, 100, timezone.now() + KEPT


def _build_bundle(job: ExportJob, draft: Path) -> None:
    sign_checkpoint()
    checkpoint = SignedCheckpoint.objects.using(settings.AUDIT_DB_ALIAS).first()
    if checkpoint is None:
        raise NothingSigned("the log is empty: there is nothing to export yet")
    directory = job.path.with_suffix(".d")
    shutil.rmtree(directory, ignore_errors=True)
    about = {
        "requested_by": job.requested_by_name, "approved_by": job.decided_by_name, "reason": job.reason,
        "export": str(job.pk),
    }  # fmt: skip
    try:
        writer = BundleWriter(directory, checkpoint, with_content=job.with_content)
        _write_bundle(job, writer, checkpoint.size, about)
        if job.with_content:
            _record_content(job, writer.contents)
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(path for path in directory.rglob("*") if path.is_file()):
                archive.write(path, path.relative_to(directory))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _record_content(job: ExportJob, contents: list[UUID]) -> None:
    """Whose words leave the house is on record as if somebody had read them."""
    record(
        "data.content.exported", actor=Actor("user", f"usr:{job.requested_by}", job.requested_by_name),
        target=Target("export", str(job.pk), job.get_format_display()), reason=job.reason,
        organisation_id=job.organisation_id or None,
        attrs={"contents": [str(pk) for pk in contents[:MOST_NAMED]], "count": len(contents)},
    )  # fmt: skip


def _write_bundle(job: ExportJob, writer: BundleWriter, size: int, about: dict[str, str]) -> None:
    """Everything of a period is a complete range of the log; anything less is a selection."""
    events = chosen_events(job).filter(leaf_index__lt=size)
    if job.organisation_id or job.query:
        chosen = {"period": f"{job.since} to {job.until}", "query": job.query, "organisation": job.organisation_id}
        writer.write(0, size, {name: value for name, value in chosen.items() if value}, about,
                     _told(job, _by_id(events)))  # fmt: skip
        return
    ends = events.aggregate(first=Min("leaf_index"), last=Max("leaf_index"))
    if ends["first"] is None:
        raise NothingSigned("there are no events in this period")
    log = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS)
    whole = log.filter(leaf_index__gte=ends["first"], leaf_index__lte=ends["last"])
    writer.write(ends["first"], ends["last"] + 1, {}, about, _told(job, _by_leaf(whole)))


def _by_id(rows: QuerySet[AuditEvent]) -> Iterator[AuditEvent]:
    after = None
    while batch := list((rows if after is None else rows.filter(id__gt=after)).order_by("id")[:BATCH]):
        yield from batch
        after = batch[-1].pk


def _by_leaf(rows: QuerySet[AuditEvent]) -> Iterator[AuditEvent]:
    after = -1
    while batch := list(rows.filter(leaf_index__gt=after).order_by("leaf_index")[:BATCH]):
        yield from batch
        after = batch[-1].leaf_index


def _told(job: ExportJob, events: Iterable[AuditEvent]) -> Iterator[AuditEvent]:
    """The same events, noting in the row how far it is. Raises Withdrawn."""
    span, told = (job.until - job.since).total_seconds(), time.monotonic()
    job.events = 0
    for event in events:
        job.events += 1
        yield event
        if time.monotonic() - told >= SAID_EVERY:
            told = time.monotonic()
            part = (moment_of(event.pk) - job.since).total_seconds() / span
            job.percent = max(0, min(99, int(part * 100)))
            mine = ExportJob.objects.filter(pk=job.pk, state=ExportJob.State.BUILDING)
            if not mine.update(percent=job.percent, events=job.events, touched_at=timezone.now()):
                raise Withdrawn
