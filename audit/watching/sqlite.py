"""The watch on SQLite: triggers in the file, which hold for every program, and a stamp of our own connections.

SQLite knows no transaction ids. Each of our connections therefore has a temporary trigger that stamps new notes with
an id of the transaction; a change by another program has no stamp and can belong to no record.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from audit.watching.tables import DELETE, INSERT, NOTES, OUTBOX, RECORD, UPDATE, WatchedTable

PREFIX = "audit_watch_"
NOTE = (
    'INSERT INTO {notes} (at, "table", verb, row, columns, txid, role) '
    "VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'), '{table}', '{verb}', {row}, {columns}, '', '')"
)
STAMP = (
    f"CREATE TEMP TRIGGER audit_stamp AFTER INSERT ON main.{NOTES} BEGIN "  # noqa: S608 (constants)
    f"UPDATE {NOTES} SET txid = audit_txid() WHERE id = NEW.id; END"
)


def triggers(tables: list[WatchedTable]) -> dict[str, str]:
    """Name to statement."""
    wanted = {f"{PREFIX}{table.name}_{verb}": _trigger(table, verb) for table in tables for verb in table.watch.verbs}
    note = _note(OUTBOX, RECORD, "NEW.id", "''")
    name = f"{PREFIX}{OUTBOX}_{INSERT}"
    wanted[name] = f"CREATE TRIGGER {name} AFTER INSERT ON {OUTBOX} BEGIN {note}; END"
    return wanted


def install(connection: Any, tables: list[WatchedTable]) -> list[str]:
    """Make the triggers what they should be; the names of those that were not."""
    wanted = triggers(tables)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{PREFIX}%"])
        present = dict(cursor.fetchall())
        wrong = [name for name, statement in wanted.items() if present.get(name) != statement]
        for name in [*wrong, *(present.keys() - wanted.keys())]:
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')
        for name in wrong:
            cursor.execute(wanted[name])
    return sorted(wrong)


def stamp(connection: Any) -> None:
    """Let this connection's notes carry the id of their transaction. Nothing before the table is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE name = %s", [NOTES])
        found = cursor.fetchone()
        cursor.execute("SELECT name FROM sqlite_temp_master WHERE name = 'audit_stamp'")
        if found is None or cursor.fetchone() is not None:
            return
        connection.connection.create_function("audit_txid", 0, _transactions(connection).current)
        cursor.execute(STAMP)


def _transactions(connection: Any) -> "_Transactions":
    """One for the connection, however often it is opened anew: Django keeps its wrappers when it closes."""
    known = [wrapper for wrapper in connection.execute_wrappers if isinstance(wrapper, _Transactions)]
    if not known:
        known = [_Transactions(connection)]
        connection.execute_wrappers.append(known[0])
    return known[0]


class _Transactions:
    """Gives each transaction of a connection an id: a new one when its BEGIN passes by."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._id = str(uuid4())

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("BEGIN"):
            self._id = str(uuid4())
        return execute(sql, params, many, context)

    def current(self) -> str:
        """Empty outside of a transaction: what is committed by itself has no record beside it."""
        return self._id if self._connection.in_atomic_block else ""


def _trigger(table: WatchedTable, verb: str) -> str:
    new = "OLD" if verb == DELETE else "NEW"
    condition, columns = "", "''"
    if verb == UPDATE:
        changed = [(f'OLD."{column}" IS NOT NEW."{column}"', column) for column in table.loud]
        condition = f"WHEN {' OR '.join(test for test, _ in changed)} "
        parts = " || ".join(f"CASE WHEN {test} THEN '{column},' ELSE '' END" for test, column in changed)
        columns = f"rtrim({parts}, ',')"
    note = _note(table.name, verb, f'CAST({new}."{table.key}" AS TEXT)', columns)
    return (
        f'CREATE TRIGGER {PREFIX}{table.name}_{verb} AFTER {verb.upper()} ON "{table.name}" '
        f"{condition}BEGIN {note}; END"
    )


def _note(table: str, verb: str, row: str, columns: str) -> str:
    return NOTE.format(notes=NOTES, table=table, verb=verb, row=row, columns=columns)
