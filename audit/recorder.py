"""Makes records and keeps them: data-plane and authentication events in the spool, changes in the outbox."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError
from uuid_utils import reseed_rng, uuid7

from audit.absent import Absent
from audit.catalogue import Durability, EventType, Intake, event_type
from audit.columns import COLUMNS, LONGEST_COLUMN
from audit.context import SYSTEM, Actor, Target, current
from audit.errors import AuditUnavailable, NotRecordable
from audit.models import OutboxRecord
from audit.record_bytes import LARGEST_INTEGER, checked, encoded
from audit.spool.writer import SpoolWriter

logger = structlog.get_logger(__name__)
SCHEMA_VERSION = 1
FailsOpen = Callable[[str, str], bool]  # (class of events, organisation id)


def never(event_class: str, organisation: str) -> bool:
    """What cannot be recorded does not happen."""
    return False


class Recorder:
    """One per process; opens its spool writer at the first record, anew after a fork.

    Args:
        directory: the spool.
        node: this machine's name.
        fails_open: whether events of a class may be missing, in an organisation (the audit policy says).

    Attributes:
        absent: counts what is missing.
        kept, failed: how many records were kept, and how many could not be.
    """

    def __init__(self, directory: Path, node: str, fails_open: FailsOpen = never) -> None:
        self._directory = directory
        self._node = node
        self._writer: SpoolWriter | None = None
        self._opening = threading.Lock()
        self._fails_open = fails_open
        self.absent = Absent()
        self.kept = 0
        self.failed = 0
        os.register_at_fork(after_in_child=self._forked)

    def record(
        self,
        type_name: str,
        outcome: str,
        actor: Actor | None,
        target: Target | None,
        attrs: Mapping[str, object] | None,
        columns: Mapping[str, Any],
    ) -> str:
        """Keep one record; its id.

        Raises:
            UnknownEventType, NotRecordable: defects of the caller.
            AuditUnavailable: it could not be kept and its class is fail-closed.
        """
        kind = event_type(type_name)
        event_id = str(uuid7())
        record = _composed(kind, event_id, outcome, actor, target, attrs, columns)
        try:
            if kind.intake is Intake.SPOOL:
                self._spool(record, sync=kind.durability is Durability.SYNC)
            else:
                OutboxRecord.objects.create(id=UUID(event_id), raw=encoded(record))
        except (OSError, DatabaseError) as error:
            self._not_kept(kind, str(columns.get("organisation_id") or ""), error)
            return event_id
        self.kept += 1
        return event_id

    def say_absent(self) -> None:
        """Put on record what is missing. What cannot be said now is said later."""
        for type_name, organisation, attrs in self.absent.taken():
            kind = event_type(type_name)
            record = _composed(
                kind, str(uuid7()), "failure", SYSTEM, None, attrs, {"organisation_id": organisation or None}
            )
            try:
                self._spool(record, sync=False)
            except OSError:
                self.absent.put_back(type_name, organisation, attrs)

    def writer(self) -> SpoolWriter:
        """This process's writer."""
        if self._writer is not None:
            return self._writer
        with self._opening:
            if self._writer is None:
                self._writer = SpoolWriter(self._directory, self._node)
            return self._writer

    def has_writer(self) -> bool:
        """Whether this process wrote to the spool, or has to."""
        return self._writer is not None or bool(self.absent)

    def _not_kept(self, kind: EventType, organisation: str, error: Exception) -> None:
        """Raises AuditUnavailable where nothing may happen that is not on record; else it is counted."""
        self.failed += 1
        logger.error("audit.not_kept", type=kind.name, error=type(error).__name__)
        if kind.closed and not self._fails_open(kind.retention_class, organisation):
            self.absent.dropped(organisation, kind.name, refused=True)
            raise AuditUnavailable(kind.name) from error
        self.absent.dropped(organisation, kind.name)

    def _forked(self) -> None:
        """In a child: let go of the parent's files, or its locks would outlive it."""
        if self._writer is not None:
            self._writer.abandon()
            self._writer = None
        self._opening = threading.Lock()
        self.absent = Absent()  # what is missing of the parent's is the parent's to say
        reseed_rng()  # or the child would go on with the parent's random numbers, and ids could meet

    def _spool(self, record: dict[str, Any], *, sync: bool) -> None:
        writer = self.writer()
        record["writer"] = writer.id
        with writer.lock():
            record["seq"] = seq = writer.next_seq
            writer.append(seq, encoded(record), sync=sync)


def _composed(
    kind: EventType,
    event_id: str,
    outcome: str,
    actor: Actor | None,
    target: Target | None,
    attrs: Mapping[str, object] | None,
    columns: Mapping[str, Any],
) -> dict[str, Any]:
    context = current()
    who = actor or context.actor
    record: dict[str, Any] = {
        "id": event_id,
        "outcome": outcome,
        "schema": SCHEMA_VERSION,
        "ts": time.time_ns() // 1000,
        "type": kind.name,
        "actor": _party(who),
    }
    if who.roles:
        record["actor"]["roles"] = list(who.roles)
    if target is not None:
        record["target"] = _party(target)
    if attrs:
        record["attrs"] = checked(attrs)
    if context.request_id:
        record["request_id"] = context.request_id
    if context.src_ip:
        record["src_ip"] = context.src_ip
    if context.user_agent:
        record["user_agent"] = context.user_agent
    _fill(record, columns)
    return record


def _party(who: Actor | Target) -> dict[str, Any]:
    return {"id": _text(who.id), "name": _text(who.name), "type": who.type}


def _fill(record: dict[str, Any], columns: Mapping[str, Any]) -> None:
    """Most values are short ASCII texts and small integers: those are taken as they are, without a further call."""
    if not columns.keys() <= COLUMNS:
        raise NotRecordable(f"{sorted(columns.keys() - COLUMNS)} are no columns of an audit record")
    for name, value in columns.items():
        if value is None or value == "":
            continue
        kind = type(value)
        if kind is str:
            record[name] = value if len(value) <= LONGEST_COLUMN and value.isascii() else _text(value)
        elif kind is int and -LARGEST_INTEGER < value < LARGEST_INTEGER:
            record[name] = value
        else:
            record[name] = _text(value) if isinstance(value, str) else checked(value)


def _text(value: str) -> str:
    text = value if len(value) <= LONGEST_COLUMN else value[:LONGEST_COLUMN]
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
