"""The records' bytes and hashes as they are stored, in the order of the log, as fast as each database gives them."""

from collections.abc import Iterator

from django.db import connections
from psycopg import Cursor, capabilities

from audit.models import AuditEvent

AT_ONCE = 1000
SQL = "SELECT leaf_index, raw, leaf_hash FROM audit_event WHERE leaf_index >= %s AND leaf_index < %s ORDER BY 1"
Leaf = tuple[int, bytes, bytes]  # its number, the record, the hash beside it


def stored_leaves(alias: str, first: int, end: int) -> Iterator[Leaf]:
    """Leaves [first, end), as far as they are there. Nothing else may be asked meanwhile. Raises DatabaseError."""
    connection = connections[alias]
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        # Django's own cursors wait for all rows, and get bytes as text, twice as long.
        size = AT_ONCE if capabilities.has_stream_chunked() else 1
        with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
            yield from cursor.stream(SQL, (first, end), binary=True, size=size)
        return
    events = AuditEvent.objects.using(alias).filter(leaf_index__gte=first, leaf_index__lt=end).order_by("leaf_index")
    for index, raw, stored in events.values_list("leaf_index", "raw", "leaf_hash").iterator(chunk_size=end - first):
        yield index, bytes(raw), bytes(stored)
