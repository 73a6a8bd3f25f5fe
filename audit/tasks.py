"""Celery tasks: hints and sweeps. They take no data, look, and call what is tested without Celery."""

from celery import shared_task
from django.conf import settings

from audit.actions.feed_queues import feed_queues
from audit.actions.sign_checkpoint import sign_checkpoint
from audit.ingest.ingestor import Ingestor


@shared_task(name="audit.ingest", ignore_result=True, acks_late=True, reject_on_worker_lost=True, time_limit=120)
def ingest() -> None:
    """Take in what waits in this machine's spool and in the outbox."""
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run(max_seconds=30)


@shared_task(name="audit.feed_review_queues", ignore_result=True, time_limit=120)
def feed_review_queues() -> None:
    """Put new events that queues ask for into them."""
    feed_queues()


@shared_task(name="audit.sign_checkpoint", ignore_result=True, time_limit=120)
def sign() -> None:
    """Sign what was taken in since the last checkpoint."""
    sign_checkpoint()
