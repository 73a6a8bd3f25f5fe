"""T14: whatever path a change of a control table takes, the database notes it; without a record it becomes one."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from accounts.models import Organisation
from audit.actions.reconcile_changes import reconcile_changes
from audit.log import record
from audit.models import ControlChange, OutboxRecord
from audit.watching.install import install
from audit.watching.tables import DELETE, INSERT, RECORD, UPDATE
from config.watched_tables import WATCHED
from tests.audit.any_row import another_value, any_row

pytestmark = pytest.mark.django_db(databases=["default", settings.AUDIT_DB_ALIAS])
REAL = pytest.mark.django_db(transaction=True, databases=["default", settings.AUDIT_DB_ALIAS])


@pytest.fixture(autouse=True)
def nothing_noted(request: pytest.FixtureRequest) -> None:
    """The emptying of tables after the test before is a change as well."""
    if request.node.get_closest_marker("django_db").kwargs.get("databases") != []:
        request.getfixturevalue("db")
        ControlChange.objects.all().delete()


def notes(table: str, verb: str) -> list[ControlChange]:
    return list(ControlChange.objects.filter(table=table, verb=verb))


def loud_field(model: type[models.Model], label: str) -> Any:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key and not field.is_relation]
    loud = [field for field in fields if field.column not in WATCHED[label].quiet and not field.choices]
    texts = [field for field in loud if isinstance(field, models.CharField | models.TextField)]
    return (texts or loud or [field for field in model._meta.concrete_fields if not field.primary_key])[0]


def sql(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def recorded() -> list[dict[str, Any]]:
    found = [json.loads(bytes(row.raw)) for row in OutboxRecord.objects.order_by("id")]
    return [one for one in found if one["type"].startswith("audit.")]


@pytest.mark.parametrize("label", WATCHED)
def test_every_path_to_every_control_table_is_noted(label: str) -> None:
    model = apps.get_model(label)
    table, verbs = model._meta.db_table, WATCHED[label].verbs
    row = any_row(model)
    assert (str(row.pk).replace("-", "") in {note.row.replace("-", "") for note in notes(table, INSERT)}) is (
        INSERT in verbs
    )
    field = loud_field(model, label)
    ControlChange.objects.all().delete()
    models.QuerySet(model).filter(pk=row.pk).update(**{field.attname: another_value(field, row)})
    assert [note.columns for note in notes(table, UPDATE)] == [field.column]

    ControlChange.objects.all().delete()
    key, name = connection.ops.quote_name(model._meta.pk.column), connection.ops.quote_name(table)
    value = field.get_db_prep_save(another_value(field, row), connection)
    column = connection.ops.quote_name(field.column)
    pk = model._meta.pk.get_db_prep_save(row.pk, connection)
    sql(f"UPDATE {name} SET {column} = %s WHERE {key} = %s", value, pk)
    assert [note.columns for note in notes(table, UPDATE)] == [field.column]
    sql(f"DELETE FROM {name} WHERE {key} = %s", pk)
    assert len(notes(table, DELETE)) == 1


@pytest.mark.parametrize("label", [label for label, watch in WATCHED.items() if watch.quiet])
def test_columns_that_change_by_themselves_are_not_noted(label: str) -> None:
    model = apps.get_model(label)
    row = any_row(model)
    ControlChange.objects.all().delete()
    for field in model._meta.concrete_fields:
        if field.column in WATCHED[label].quiet:
            models.QuerySet(model).filter(pk=row.pk).update(**{field.attname: another_value(field, row)})
    assert not notes(model._meta.db_table, UPDATE)


def test_no_note_holds_a_value() -> None:
    any_row(apps.get_model("accounts", "user"), password="pbkdf2$very$secret", email="ada@example.org")
    for note in ControlChange.objects.values():
        assert "secret" not in str(note)
        assert "ada@" not in str(note)


@REAL
def test_a_record_in_the_same_transaction_explains_the_change() -> None:
    with transaction.atomic():
        organisation = Organisation.objects.create(name="Analytical", slug="analytical")
        record("admin.organisation.created", organisation_id=str(organisation.pk))
        Organisation.objects.filter(pk=organisation.pk).update(name="Engines")
    assert reconcile_changes() == 0
    assert not ControlChange.objects.exists()
    assert not [one for one in recorded() if one["type"] == "audit.change.unattributed"]


@REAL
def test_a_record_of_the_transaction_before_or_after_explains_nothing() -> None:
    with transaction.atomic():
        organisation = Organisation.objects.create(name="Analytical", slug="analytical")
        record("admin.organisation.created", organisation_id=str(organisation.pk))
    with transaction.atomic():
        Organisation.objects.filter(pk=organisation.pk).update(name="Difference")
    with transaction.atomic():
        record("admin.organisation.updated", organisation_id=str(organisation.pk))
    assert reconcile_changes() == 1
    (found,) = recorded()
    assert found["type"] == "audit.change.unattributed"
    assert found["target"]["type"] == "accounts_organisation"
    assert found["attrs"]["columns"] == ["name"]
    assert found["attrs"]["verb"] == "update"


@REAL
def test_a_bulk_change_is_one_record_that_counts_its_rows() -> None:
    Organisation.objects.bulk_create([Organisation(name=f"O{n}", slug=f"o{n}") for n in range(30)])
    reconcile_changes()
    (found,) = recorded()
    assert (found["attrs"]["count"], len(found["attrs"]["rows"])) == (30, 20)


@REAL
def test_a_change_that_was_rolled_back_never_was() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Organisation.objects.create(name="Analytical", slug="analytical")
        raise ZeroDivisionError
    assert reconcile_changes() == 0


@REAL
def test_each_change_is_told_once() -> None:
    Organisation.objects.create(name="Analytical", slug="analytical")
    assert reconcile_changes() == 1
    assert reconcile_changes() == 0


@REAL
def test_a_record_that_vanished_from_the_outbox_is_missed() -> None:
    with transaction.atomic():
        Organisation.objects.create(name="Analytical", slug="analytical")
        event_id = record("admin.organisation.created")
    OutboxRecord.objects.all().delete()
    assert reconcile_changes() == 1
    (found,) = recorded()
    assert found["type"] == "audit.outbox.lost"
    assert found["attrs"]["records"] == [event_id]


@REAL
def test_a_trigger_that_was_taken_off_is_put_on_again_and_said() -> None:
    if connection.vendor == "postgresql":
        sql("ALTER TABLE accounts_organisation DISABLE TRIGGER audit_watch")
    else:
        sql("DROP TRIGGER audit_watch_accounts_organisation_update")
    assert reconcile_changes() == 1
    (found,) = recorded()
    assert found["type"] == "audit.watch.restored"
    assert any("accounts_organisation" in name for name in found["attrs"]["triggers"])
    assert install() == []
    organisation = Organisation.objects.create(name="Analytical", slug="analytical")
    Organisation.objects.filter(pk=organisation.pk).update(name="Engines")
    assert notes("accounts_organisation", UPDATE)


@pytest.mark.django_db(databases=[])
def test_another_program_with_the_database_is_noted(tmp_path: Path) -> None:
    """The shell of SQLite knows nothing of Gatehouse; its change has no stamp, whatever record comes after it."""
    from audit.watching import sqlite  # its statements, tried in a file of their own
    from audit.watching.tables import NOTES, OUTBOX, Watch, WatchedTable

    path = tmp_path / "app.sqlite3"
    table = WatchedTable("provider", "id", ("id", "name"), Watch())
    with sqlite3.connect(path) as ours:
        ours.execute(f'CREATE TABLE {NOTES} (id INTEGER PRIMARY KEY AUTOINCREMENT, at, "table", verb, row, columns, '
                     "txid, role)")  # fmt: skip
        ours.execute(f"CREATE TABLE {OUTBOX} (id PRIMARY KEY, raw)")
        ours.execute("CREATE TABLE provider (id PRIMARY KEY, name)")
        for statement in sqlite.triggers([table]).values():
            ours.execute(statement)
    with sqlite3.connect(path) as shell:
        shell.execute("INSERT INTO provider VALUES (1, 'Mistral')")
        shell.execute("REPLACE INTO provider VALUES (1, 'Evil')")
        shell.execute(f"INSERT INTO {OUTBOX} VALUES ('a record', '')")
        found = shell.execute(f'SELECT "table", verb, txid FROM {NOTES}').fetchall()
    assert found == [("provider", INSERT, ""), ("provider", INSERT, ""), (OUTBOX, RECORD, "")]


@pytest.mark.django_db(databases=[])
def test_a_connection_that_is_opened_again_and_again_stays_as_it_was(tmp_path: Path) -> None:
    """A worker opens one for each task: whatever it leaves behind each time ends in a stack that is too deep."""
    from django.db.backends.sqlite3.base import DatabaseWrapper

    from audit.watching import sqlite
    from audit.watching.tables import NOTES

    values = {**connection.settings_dict, "NAME": str(tmp_path / "app.sqlite3"), "OPTIONS": {}}
    ours: Any = DatabaseWrapper(values, alias="again")
    with ours.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {NOTES} (id INTEGER PRIMARY KEY AUTOINCREMENT, txid)")
    for _ in range(3):
        ours.connect()
        sqlite.stamp(ours)
        ours.in_atomic_block = True
        with ours.cursor() as cursor:
            cursor.execute(f"INSERT INTO {NOTES} (txid) VALUES ('')")
        ours.in_atomic_block = False
        ours.close()
    assert len(ours.execute_wrappers) == 1
    with ours.cursor() as cursor:
        stamps = [txid for (txid,) in cursor.execute(f"SELECT txid FROM {NOTES}").fetchall()]
    ours.close()
    assert len(stamps) == 3 and all(stamps)
