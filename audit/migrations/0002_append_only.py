"""The database itself refuses to change or delete events."""

from typing import Any

from django.db import migrations

MESSAGE = "audit_event is append-only"
SQLITE = """
CREATE TRIGGER audit_event_no_{verb} BEFORE {verb} ON audit_event BEGIN SELECT RAISE(ABORT, '{message}'); END
"""
POSTGRESQL_FUNCTION = """
CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{message}'; END $$
"""
POSTGRESQL_ROWS = """
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()
"""
POSTGRESQL_TABLE = """
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()
"""


def forbid(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(SQLITE.format(verb=verb, message=MESSAGE))
    elif schema_editor.connection.vendor == "postgresql":
        for statement in (POSTGRESQL_FUNCTION.format(message=MESSAGE), POSTGRESQL_ROWS, POSTGRESQL_TABLE):
            schema_editor.execute(statement)


def allow(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(f"DROP TRIGGER audit_event_no_{verb}")
    elif schema_editor.connection.vendor == "postgresql":
        for name in ("append_only", "no_truncate"):
            schema_editor.execute(f"DROP TRIGGER audit_event_{name} ON audit_event")
        schema_editor.execute("DROP FUNCTION audit_event_refuse() CASCADE")  # and the partitions' own


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(forbid, allow, hints={"audit_log": True})]
