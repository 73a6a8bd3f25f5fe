"""Celery tasks: hints and sweeps. They take no data, look, and call what is tested without Celery."""

import structlog
from celery import shared_task
from django.conf import settings
from kombu.exceptions import KombuError

from audit.actions.build_export import build_export, expire_exports
from audit.actions.erase_subject import carry_out_waiting
from audit.actions.errors import NotNow
from audit.actions.feed_queues import feed_queues
from audit.actions.feed_sinks import feed_sinks
from audit.actions.keep_partitions import keep_partitions
from audit.actions.lay_anchors import lay_anchors
from audit.actions.raise_alerts import raise_alerts
from audit.actions.reconcile_changes import reconcile_changes
from audit.actions.run_retention import run_retention
from audit.actions.sign_checkpoint import sign_checkpoint
from audit.actions.tell_alerts import tell_alerts
from audit.actions.verify_log import ask_for_verification, run_verification
from audit.ingest.contents import ContentIngestor
from audit.ingest.ingestor import Ingestor
from audit.models import ExportJob, VerificationRun
from audit.retention.shredding import finish
from audit.rollups.prune import prune

logger = structlog.get_logger(__name__)
SCHEDULE = "schedule"  # who asked, where nobody did


@shared_task(name="audit.ingest", ignore_result=True, acks_late=True, reject_on_worker_lost=True, time_limit=120)
def ingest() -> None:
    """Take in what waits in this machine's spool and in the outbox."""
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run(max_seconds=30)
    ContentIngestor(settings.AUDIT_CONTENT_SPOOL, settings.AUDIT_NODE).run(max_seconds=30)


@shared_task(name="audit.feed_review_queues", ignore_result=True, time_limit=120)
def feed_review_queues() -> None:
    """Put new events that queues ask for into them."""
    feed_queues()


@shared_task(name="audit.alerts", ignore_result=True, time_limit=120)
def alert() -> None:
    """Look for what rules are about, and tell people of it."""
    raise_alerts()
    tell_alerts()


@shared_task(name="audit.sign_checkpoint", ignore_result=True, time_limit=120)
def sign() -> None:
    """Sign what was taken in since the last checkpoint."""
    sign_checkpoint()


@shared_task(name="audit.verify_on_schedule", ignore_result=True)
def verify_on_schedule(columns: bool) -> None:
    """Check the whole log; not while somebody's check is under way."""
    try:
        run = ask_for_verification(SCHEDULE, columns=columns)
    except NotNow:
        return
    run_verification(run)


@shared_task(name="audit.take_up", ignore_result=True)
def take_up() -> None:
    """Work that people asked for and that waits in rows: this task is only a hint to look."""
    for run in VerificationRun.objects.filter(state=VerificationRun.State.WAITING).order_by("pk"):
        run_verification(run)
    for pk in ExportJob.objects.to_build().order_by("pk").values_list("pk", flat=True):
        build_export(pk)


@shared_task(name="audit.expire_exports", ignore_result=True)
def delete_expired_exports() -> None:
    """Delete the files of exports whose time has come."""
    expire_exports()


@shared_task(name="audit.lay_anchors", ignore_result=True)
def anchor() -> None:
    """Lay the newest checkpoint down wherever its time has come."""
    lay_anchors()


@shared_task(name="audit.feed_sinks", ignore_result=True)
def feed() -> None:
    """Send new events on."""
    feed_sinks()


@shared_task(name="audit.partitions", ignore_result=True, time_limit=300)
def look_after_partitions() -> None:
    """Make those of the coming months, drop empty ones of past months, say what lies in none."""
    keep_partitions()


@shared_task(name="audit.prune_rollups", ignore_result=True)
def prune_rollups() -> None:
    """Delete the counts of minutes that nobody looks at any more."""
    prune()


@shared_task(name="audit.reconcile", ignore_result=True, time_limit=300)
def reconcile() -> None:
    """Find changes of control tables that left no record."""
    reconcile_changes()


@shared_task(name="audit.run_retention", ignore_result=True)
def retention() -> None:
    """Remove what is over its time; carry out what was approved and had to wait."""
    run_retention()
    carry_out_waiting()


@shared_task(name="audit.finish_shredding", ignore_result=True)
def finish_shredding() -> None:
    """What the list of destroyed keys says is destroyed, is: after a crash, or a backup that was put back."""
    finish()


def ask_retention() -> None:
    """Ask a worker to look now. Without a broker it is done at its time."""
    try:
        retention.apply_async(retry=False, expires=600)
    except (KombuError, OSError) as error:
        logger.debug("audit.hint_not_sent", error=type(error).__name__)


def hint() -> None:
    """Say that work waits. Without a broker it is found by the next sweep."""
    try:
        take_up.apply_async(retry=False, expires=60)
    except (KombuError, OSError) as error:
        logger.debug("audit.hint_not_sent", error=type(error).__name__)
