"""What Celery's workers record is shipped while they live, as in the web processes: without that, the results of
checks and of anchoring would wait in the worker's open segment until it ends."""

from typing import Any

from celery.signals import worker_process_init, worker_process_shutdown, worker_ready, worker_shutdown

from audit.apps import AuditConfig

UID = "config.celery_records"


def ship(**_: Any) -> None:
    AuditConfig.current().shipper.start()


def end(**_: Any) -> None:
    AuditConfig.current().shipper.stop()


def connect() -> None:
    """Called once by config.celery. A worker that forks records in its children, one with threads in itself."""
    for begun in (worker_ready, worker_process_init):
        begun.connect(ship, dispatch_uid=UID, weak=False)
    for over in (worker_shutdown, worker_process_shutdown):
        over.connect(end, dispatch_uid=UID, weak=False)
