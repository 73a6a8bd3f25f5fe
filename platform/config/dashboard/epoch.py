"""Seconds since 1970 in the database, so that grouping by time runs there and in C."""

from typing import Any

from django.db.models import BigIntegerField, Func
from django.db.models.sql.compiler import SQLCompiler


class EpochBucket(Func):
    """Which bar a time falls into: whole seconds since 1970, divided by the bar's length.

    Args:
        expression: name of a DateTimeField.
        seconds: length of a bar.
    """

    output_field = BigIntegerField()

    def __init__(self, expression: str, seconds: int = 60, **extra: Any) -> None:
        super().__init__(expression, seconds=int(seconds), **extra)

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        """SQLite keeps times as text in UTC."""
        # Four: Func's template takes half of them, and Django's SQLite cursor the other half.
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / %(seconds)s"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        """PostgreSQL."""
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / %(seconds)s)::bigint"
        return self.as_sql(compiler, connection, template=template, **extra)
