"""Queries that are asked for every token: Django makes their SQL once, because making it costs most of their time."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db import connections, models
from django.db.models.query import get_related_populators

# Stands for the parameter until it is known. No row holds it.
PARAMETER = "\x00parameter"


class Prepared:
    """A query with at most one parameter, which is text. Asks the database each time; only the SQL is kept.

    Args:
        rows: the query for PARAMETER; of instances (select_related too) or of values_list.
    """

    def __init__(self, rows: Callable[[str], "models.QuerySet[Any]"]) -> None:
        self._rows = rows

    def __call__(self, parameter: str = "") -> list[Any]:
        """The rows for this parameter. Raises DatabaseError."""
        compiler, sql, params, converters = self._made
        given = [parameter if one == PARAMETER else one for one in params]
        with connections[compiler.using].cursor() as cursor:
            cursor.execute(sql, given)
            found = compiler.apply_converters(cursor.fetchall(), converters)
            return [self._row(tuple(row)) for row in found]

    @cached_property
    def _made(self) -> tuple[Any, str, tuple[Any, ...], Any]:
        queryset = self._rows(PARAMETER)
        compiler = queryset.query.get_compiler(queryset.db)
        sql, params = compiler.as_sql()
        return compiler, sql, params, compiler.get_converters(one for one, *_ in compiler.select)

    @cached_property
    def _instances(self) -> tuple[Any, slice, list[str], list[Any]] | None:
        """The model, where its columns are, their names, and who makes the related instances; None for values."""
        compiler = self._made[0]
        info = compiler.klass_info
        if info is None or compiler.query.values_select:
            return None
        columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        names = [column[0].target.attname for column in compiler.select[columns]]
        return info["model"], columns, names, get_related_populators(info, compiler.select, compiler.using)  # type: ignore[call-arg]

    def _row(self, row: tuple[Any, ...]) -> Any:
        if self._instances is None:
            return row
        model, columns, names, related = self._instances
        instance = model.from_db(self._made[0].using, names, row[columns])
        for one in related:
            one.populate(row, instance)
        return instance
