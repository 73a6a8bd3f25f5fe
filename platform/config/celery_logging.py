"""Celery's processes log as the others do, and each line of a task carries the task's id."""

from typing import Any

import structlog
from celery.signals import setup_logging, task_postrun, task_prerun

UID = "config.celery_logging"


def keep_our_logging(**_: Any) -> None:
    """That this receiver exists keeps Celery from installing handlers of its own, which would bypass the redaction."""


def bind_task(task_id: str, task: Any, **_: Any) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name)


def forget_task(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()


def connect() -> None:
    """Called once by config.celery."""
    setup_logging.connect(keep_our_logging, dispatch_uid=UID, weak=False)
    task_prerun.connect(bind_task, dispatch_uid=UID, weak=False)
    task_postrun.connect(forget_task, dispatch_uid=UID, weak=False)
