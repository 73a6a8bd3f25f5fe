"""Events as an Apache Parquet table: typed columns, compressed, in row groups."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, BinaryIO

import pyarrow as arrow
from pyarrow.parquet import ParquetWriter

from audit.formats import cells
from audit.models import AuditEvent

ROWS_AT_ONCE = 5000
KINDS = {"moment": arrow.timestamp("us", "UTC"), "number": arrow.int64(), "text": arrow.string()}


def schema() -> Any:
    """The columns and their types."""
    typed = [arrow.field(field.name, KINDS[cells.kind_of(field)]) for field in cells.FIELDS]
    return arrow.schema(typed + [arrow.field(name, arrow.string()) for name in cells.NAMES[len(cells.FIELDS) :]])


def write(file: BinaryIO, events: Iterable[AuditEvent]) -> None:
    """The whole table; an empty one has its columns all the same."""
    typed, waiting = schema(), iter(events)
    with ParquetWriter(file, typed, compression="zstd") as table:
        while batch := [cells.row(event) for event in islice(waiting, ROWS_AT_ONCE)]:
            columns = zip(zip(*batch, strict=True), typed.types, strict=True)
            arrays = [arrow.array(list(column), kind) for column, kind in columns]
            table.write_batch(arrow.RecordBatch.from_arrays(arrays, schema=typed))
