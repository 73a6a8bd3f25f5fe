"""The log's months on PostgreSQL: there in time, empty ones gone, strays said, what was there before moved along."""

import datetime as dt
import uuid
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from audit import partitions
from audit.actions.keep_partitions import keep_partitions
from audit.apps import AuditConfig
from audit.event_ids import first_id
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent
from audit.verification import verify

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
ALIAS = settings.AUDIT_DB_ALIAS
IS_POSTGRESQL = connections[ALIAS].vendor == "postgresql"
ON_POSTGRESQL = pytest.mark.skipif(not IS_POSTGRESQL, reason="not run: tests/audit/test_on_postgresql.py runs it")


def stored_at(moment: dt.datetime) -> AuditEvent:
    now, number = timezone.now(), AuditEvent.objects.count()
    return AuditEvent.objects.create(
        id=uuid.UUID(int=first_id(moment).int | 7 << 76 | 2 << 62 | number), leaf_index=number, occurred_at=moment,
        ingested_at=now, category="system", type="system.started", outcome="success", actor_type="system", raw=b"{}",
        leaf_hash=b"x" * 32,
    )  # fmt: skip


def sql(statement: str) -> list[Any]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.mark.skipif(IS_POSTGRESQL, reason="not run: about SQLite")
def test_on_sqlite_there_is_nothing_to_do() -> None:
    assert partitions.partitions(ALIAS) == []
    assert keep_partitions() == []


@ON_POSTGRESQL
def test_this_month_and_three_more_are_there_and_the_default_is_empty() -> None:
    names = [one.name for one in partitions.partitions(ALIAS)]
    month = timezone.now()
    for _ in range(4):
        assert partitions.name_of(month) in names
        month = (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    assert names[-1] == partitions.DEFAULT
    for n in range(3):
        record("proxy.request.rejected", request_id=f"r{n}")
    record("system.started")
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    assert partitions.strayed(ALIAS) == 0
    assert sql(f"SELECT count(*) FROM {partitions.name_of(timezone.now())}") == [(AuditEvent.objects.count(),)]
    assert verify().holds


@ON_POSTGRESQL
def test_a_missing_month_is_made_and_an_empty_past_one_goes(capsys: pytest.CaptureFixture[str]) -> None:
    ahead = partitions.name_of(timezone.now().replace(day=1) + dt.timedelta(days=32))
    sql(f"DROP TABLE {ahead}")
    with connections[ALIAS].cursor() as cursor:
        partitions.make(cursor, dt.datetime(2021, 5, 1, tzinfo=dt.UTC))
        partitions.make(cursor, dt.datetime(2021, 6, 1, tzinfo=dt.UTC))
    stored_at(dt.datetime(2021, 6, 30, 23, 59, tzinfo=dt.UTC))
    call_command("audit", "partitions", "ensure")
    assert ahead in capsys.readouterr().out
    call_command("audit", "partitions", "list")
    listed = capsys.readouterr().out
    assert "audit_event_2021_05" not in listed
    assert "audit_event_2021_06: 2021-06-01 to 2021-07-01" in listed
    AuditEvent.objects.all().delete()
    keep_partitions()


@ON_POSTGRESQL
def test_what_belongs_to_no_month_is_kept_and_said() -> None:
    stored_at(dt.datetime(2033, 1, 1, tzinfo=dt.UTC))
    assert partitions.strayed(ALIAS) == 1
    keep_partitions()
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    assert AuditEvent.objects.get(type="audit.partition.strayed").attrs == {"count": 1}


@ON_POSTGRESQL
def test_a_partition_alone_cannot_be_emptied_changed_or_deleted_from() -> None:
    append_only = import_module("audit.migrations.0002_append_only")
    with connections[ALIAS].schema_editor() as editor:
        append_only.forbid(None, editor)
    stored_at(timezone.now())
    name = partitions.name_of(timezone.now())
    try:
        with connections[ALIAS].cursor() as cursor:
            partitions.protect(cursor, name)
        for statement in (f"DELETE FROM {name}", f"UPDATE {name} SET outcome = 'x'", f"TRUNCATE {name}"):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using=ALIAS):
                sql(statement)
    finally:
        with connections[ALIAS].schema_editor() as editor:
            append_only.allow(None, editor)


@ON_POSTGRESQL
def test_a_log_that_was_one_table_is_divided_and_loses_nothing() -> None:
    migration = import_module("audit.migrations.0017_partitions")
    append_only = import_module("audit.migrations.0002_append_only")
    indexes = "SELECT indexname FROM pg_indexes WHERE tablename = 'audit_event' ORDER BY 1"
    before = sql(indexes)
    with connections[ALIAS].schema_editor() as editor:
        editor.execute("CREATE TABLE plain (LIKE audit_event INCLUDING DEFAULTS)")
        definitions = [row[0] for row in sql("SELECT indexdef FROM pg_indexes WHERE tablename = 'audit_event'")]
        editor.execute("DROP TABLE audit_event")
        editor.execute("ALTER TABLE plain RENAME TO audit_event")
        for definition in definitions:
            editor.execute(definition.replace(" ON ONLY ", " ON "))
    moments = [dt.datetime(2026, month, 15, tzinfo=dt.UTC) for month in (3, 5)] + [timezone.now()]
    ids = {stored_at(moment).pk for moment in moments}
    with connections[ALIAS].schema_editor() as editor:
        append_only.forbid(None, editor)
    with connections[ALIAS].schema_editor() as editor:
        migration.divide(apps, editor)
    with connections[ALIAS].schema_editor() as editor:
        append_only.allow(None, editor)
    assert set(AuditEvent.objects.values_list("pk", flat=True)) == ids
    assert sql("SELECT count(*) FROM audit_event_2026_03") == [(1,)]
    assert partitions.strayed(ALIAS) == 0
    assert {name for (name,) in before} <= {name for (name,) in sql(indexes)}
