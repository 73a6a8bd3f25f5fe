"""Takes in what waits, again and again, until it is killed, or kills itself at the step that FAULT names."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

import django  # noqa: E402 (the path has to be there first)

django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import QuerySet  # noqa: E402

from audit.ingest import ingestor, spool_files, store  # noqa: E402 (models: only after setup)
from audit.ingest.ingestor import Ingestor  # noqa: E402
from audit.models import OutboxRecord  # noqa: E402


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(call: Callable[..., Any], *, after: bool, skip: int = 0) -> Callable[..., Any]:
    """`call`, at whose (skip + 1)th time the process dies before or after it."""
    left = [skip]

    def wrapped(*args: Any, **options: Any) -> Any:
        last = left[0] == 0
        left[0] -= 1
        if last and not after:
            die()
        result = call(*args, **options)
        if last:
            die()
        return result

    return wrapped


def deleting(rows: Any) -> Any:
    if rows.model is OutboxRecord:
        die()
    return DELETE(rows)


DELETE = QuerySet.delete
FAULTS: dict[str, Callable[[], None]] = {
    "before the insert": lambda: setattr(store.Store, "_fresh", dying(store.Store._fresh, after=True)),
    "after the insert": lambda: setattr(store, "grow", dying(store.grow, after=False)),
    "after the tree": lambda: setattr(store, "grow", dying(store.grow, after=True)),
    "before the commit": lambda: setattr(Ingestor, "_note_segment", dying(Ingestor._note_segment, after=True)),
    "in a later batch": lambda: setattr(store, "grow", dying(store.grow, after=True, skip=2)),
    "after the commit": lambda: setattr(spool_files, "settle", dying(spool_files.settle, after=False)),
    "after settling": lambda: setattr(spool_files, "settle", dying(spool_files.settle, after=True)),
    "in the burial": lambda: setattr(ingestor, "orphans", dying(ingestor.orphans, after=True)),
    "before unlinking": lambda: setattr(spool_files, "tidy", dying(spool_files.tidy, after=False)),
    "before the outbox is emptied": lambda: setattr(QuerySet, "delete", deleting),
}

if __name__ == "__main__":
    if fault := os.environ.get("FAULT"):
        FAULTS[fault]()
    print("ready", flush=True)
    while True:
        Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
