"""The watch on PostgreSQL: one function, and triggers that fire whatever role or replication setting is at work."""

from typing import Any

from audit.watching.tables import INSERT, NOTES, OUTBOX, RECORD, WatchedTable, listed

FUNCTION = "audit_note_change"
TRIGGER = "audit_watch"
ON_TRUNCATE = "audit_watch_truncate"
# Arguments of the trigger: the key's column, the quiet columns, and what to call the verb instead.
BODY = """
DECLARE
    changed text := '';
    row_id text := '';
    verb text := lower(TG_OP);
BEGIN
    IF TG_NARGS > 2 THEN verb := TG_ARGV[2]; END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT string_agg(after.key, ',' ORDER BY after.key) INTO changed
        FROM jsonb_each(to_jsonb(NEW)) AS after
        WHERE after.value IS DISTINCT FROM to_jsonb(OLD) -> after.key
          AND after.key <> ALL (string_to_array(TG_ARGV[1], ','));
        IF changed IS NULL THEN RETURN NULL; END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        row_id := to_jsonb(OLD) ->> TG_ARGV[0];
    ELSIF TG_OP <> 'TRUNCATE' THEN
        row_id := to_jsonb(NEW) ->> TG_ARGV[0];
    END IF;
    INSERT INTO {schema}.{notes} (at, "table", verb, row, columns, txid, role)
    VALUES (clock_timestamp(), TG_TABLE_NAME, verb, row_id, changed, pg_current_xact_id()::text, session_user);
    RETURN NULL;
END
"""


def install(connection: Any, tables: list[WatchedTable]) -> list[str]:
    """Make function and triggers what they should be; the names of those that were not."""
    with connection.cursor() as cursor:
        wrong = _install_function(cursor)
        present = _present(cursor)
        wanted = {definition.key: definition for table in tables for definition in _definitions(table)}
        mark = _Definition(OUTBOX, TRIGGER, "INSERT", "ROW", ("id", "", RECORD))
        for key, definition in (wanted | {mark.key: mark}).items():
            if present.get(key) != definition.arguments:
                definition.install(cursor)
                wrong.append("_".join(key))
    return sorted(wrong)


class _Definition:
    """One trigger as it should be."""

    def __init__(self, table: str, name: str, events: str, level: str, arguments: tuple[str, ...]) -> None:
        self.key = (table, name)
        self.arguments = b"".join(argument.encode() + b"\0" for argument in arguments)
        quoted = ", ".join("'" + argument + "'" for argument in arguments)
        self._create = (
            f'CREATE OR REPLACE TRIGGER {name} AFTER {events} ON "{table}" '
            f"FOR EACH {level} EXECUTE FUNCTION {FUNCTION}({quoted})"
        )
        self._always = f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {name}'

    def install(self, cursor: Any) -> None:
        """Make it, or make it so."""
        cursor.execute(self._create)
        cursor.execute(self._always)


def _definitions(table: WatchedTable) -> list[_Definition]:
    events = " OR ".join(verb.upper() for verb in table.watch.verbs)
    arguments = (table.key, listed(table.watch.quiet))
    found = [_Definition(table.name, TRIGGER, events, "ROW", arguments)]
    if INSERT in table.watch.verbs:
        found.append(_Definition(table.name, ON_TRUNCATE, "TRUNCATE", "STATEMENT", arguments))
    return found


def _install_function(cursor: Any) -> list[str]:
    cursor.execute("SELECT current_schema()")
    body = BODY.format(schema=cursor.fetchone()[0], notes=NOTES)
    cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s AND pronamespace = current_schema()::regnamespace",
                   [FUNCTION])  # fmt: skip
    found = cursor.fetchone()
    if found is not None and found[0] == body:
        return []
    cursor.execute(f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $audit${body}$audit$")
    return [FUNCTION]


def _present(cursor: Any) -> dict[tuple[str, str], bytes]:
    """(table, trigger) to arguments, of those that are switched on for everybody."""
    cursor.execute(
        "SELECT c.relname, t.tgname, t.tgargs FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = %s AND t.tgenabled = 'A' "
        "AND c.relnamespace = current_schema()::regnamespace",
        [FUNCTION],
    )
    return {(table, name): bytes(arguments) for table, name, arguments in cursor.fetchall()}
