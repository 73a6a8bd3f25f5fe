"""Whole files of events: what each format is called and how it is written."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, NamedTuple

from audit.formats import cells
from audit.formats.cloudevents import as_cloudevent
from audit.formats.ocsf import as_ocsf
from audit.formats.syslog import as_syslog
from audit.models import AuditEvent

Events = Iterable[AuditEvent]


class FileFormat(NamedTuple):
    """A format of a file of events."""

    title: str
    ending: str
    media_type: str
    write: Callable[[BinaryIO, Events], None]


def write_jsonl(file: BinaryIO, events: Events) -> None:
    """The records' exact bytes, one a line."""
    for event in events:
        file.write(bytes(event.raw) + b"\n")


def write_csv(file: BinaryIO, events: Events) -> None:
    """RFC 4180, with a heading; no cell is a formula."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    rows = csv.writer(text)
    rows.writerow(cells.NAMES)
    for event in events:
        rows.writerow(cells.safe(cells.row(event)))
    text.detach()


def write_parquet(file: BinaryIO, events: Events) -> None:
    """See audit.formats.parquet."""
    # Here: pyarrow takes tens of megabytes, and of all processes only the worker that builds such a file needs it.
    from audit.formats import parquet

    parquet.write(file, events)


def write_ocsf(file: BinaryIO, events: Events) -> None:
    """One OCSF event a line."""
    for event in events:
        file.write(_json(as_ocsf(event)) + b"\n")


def write_cloudevents(file: BinaryIO, events: Events) -> None:
    """A batch: one JSON array."""
    before = b"["
    for event in events:
        file.write(before + b"\n" + _json(as_cloudevent(event)))
        before = b","
    file.write(b"[]" if before == b"[" else b"\n]\n")


def write_syslog(file: BinaryIO, events: Events) -> None:
    """One message a line; record bytes hold no line feed."""
    for event in events:
        file.write(as_syslog(event) + b"\n")


FILE_FORMATS = {
    "jsonl": FileFormat("Records, one a line (JSONL)", "jsonl", "application/x-ndjson", write_jsonl),
    "csv": FileFormat("Table for a spreadsheet (CSV)", "csv", "text/csv", write_csv),
    "parquet": FileFormat("Table for analysis (Parquet)", "parquet", "application/vnd.apache.parquet", write_parquet),
    "ocsf": FileFormat("OCSF events, one a line", "ocsf.jsonl", "application/x-ndjson", write_ocsf),
    "cloudevents": FileFormat(
        "CloudEvents batch", "cloudevents.json", "application/cloudevents-batch+json", write_cloudevents
    ),
    "syslog": FileFormat("Syslog messages (RFC 5424)", "log", "text/plain", write_syslog),
}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
