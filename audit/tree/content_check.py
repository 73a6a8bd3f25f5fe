"""What a bundle holds of what was said: the sealed copies are those whose hashes the log holds."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from .bundle_files import Bundle
from .findings import Report

TYPE = b'"type":"data.content.kept"'


def check_content(bundle: Bundle, lines: Iterable[bytes], report: Report) -> None:
    """Compare each sealed copy with the record that says it was kept. Only for bundles that hold some."""
    found = {line["event"]: line for line in bundle.contents()}
    if not found:
        return
    named = {record["id"]: record for record in (_record(line) for line in lines if TYPE in line) if record}
    good = 0
    for event, line in found.items():
        if "missing" in line:
            report.note(f"what was said under {event} was not there any more when this was made: {line['missing']}")
        elif event not in named:
            report.find(f"content {event}: no record of the bundle says that it was kept")
        elif sha256(bundle.sealed(event)).hexdigest() != named[event]["attrs"]["redacted"]["sha256"]:
            report.find(f"content {event}: not what the log holds the hash of")
        else:
            good += 1
    report.note(f"{good} bodies of what was said: sealed as the log has it (redacted copies)")


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
        return record if isinstance(record["id"] + record["attrs"]["redacted"]["sha256"], str) else None
    except (KeyError, RecursionError, TypeError, ValueError):
        return None
