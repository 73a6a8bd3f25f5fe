"""Keep the log's partitions as they must be: months ahead are there, empty past ones go, strays are said."""

from django.conf import settings

from audit import partitions
from audit.context import SYSTEM
from audit.log import record


def keep_partitions() -> list[str]:
    """The names of partitions that were made. On SQLite nothing is done.

    Raises:
        DatabaseError: events lie in the default partition that belong into one that is to be made.
    """
    alias = settings.AUDIT_DB_ALIAS
    if count := partitions.strayed(alias):
        record("audit.partition.strayed", outcome="failure", actor=SYSTEM, attrs={"count": count})
    made = partitions.ensure(alias)
    partitions.drop_empty(alias)
    return made
