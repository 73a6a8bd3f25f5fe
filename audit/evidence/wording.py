"""What a bundle says of itself in plain words."""

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html

README = """\
Evidence from the audit log {origin}
{underline}
This folder holds {count} records and the proof of what they are. To check it you need no Gatehouse, no network and
no database, only Python 3.11 and the folder clients/verifier of Gatehouse's source code:

    pip install ./clients/verifier
    gatehouse-audit verify . --key "{vkey}"

Take the key from a place that you trust, not from this folder: whoever could forge the folder could forge keys.txt too.

What holds if the check says so: {claim}
What is never shown: that a record told the truth when it was written; that something that was never recorded happened.

manifest.json   who asked for what and why (the log has it as export.requested; this file only says it), the files
                and their SHA-256
events.jsonl    the records, one a line, byte for byte as they were logged
checkpoint      the size and root of the log, signed (C2SP tlog-checkpoint)
proofs/         how the records lead to that root (RFC 6962)
                (removed.jsonl: what went after its retention, with the records that say so)
tile/           the tree's hashes (C2SP tlog-tiles), for comparing with checkpoints that you kept
schemas/        the form of a record (JSON Schema)
keys.txt        the log's public keys, for information
report.html     a summary to read
"""
CONTENT = """\
content/        what was said, without secrets and personal data: to be read (.txt), sealed as the log holds the hash of
                it (.sealed), and the key that opens it (index.jsonl). Whoever has this folder can read it.
"""
RANGE = (
    "the records are the log's leaves {first} to {last}: none was changed, none was left out, none was added; what "
    "went after their retention is named, with the log's own word for it."
)
SELECTION = "each record is in the log unchanged. A selection does not show that no other record matched."


def claim(manifest: Mapping[str, Any]) -> str:
    """What the bundle shows, if the check succeeds."""
    if manifest["kind"] == "selection":
        return SELECTION
    return RANGE.format(first=manifest["first"], last=manifest["end"] - 1)


def readme(manifest: Mapping[str, Any]) -> str:
    """The README."""
    origin = str(manifest["origin"])
    text = README.format(
        origin=origin, underline="=" * (28 + len(origin)), count=manifest["count"], vkey=manifest["vkey"],
        claim=claim(manifest),
    )  # fmt: skip
    return text + CONTENT if manifest.get("content") else text


def report(manifest: Mapping[str, Any]) -> str:
    """The summary; whatever a name or a reason holds stays text."""
    rows = [format_html("<tr><th>{}</th><td>{}</td></tr>", *row) for row in _rows(manifest)]
    kinds = [format_html("<tr><th>{}</th><td>{}</td></tr>", *row) for row in sorted(manifest["types"].items())]
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Evidence of {}</title>'
        "<style>body{{font:1rem/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}}"
        "th{{text-align:left;padding-right:2rem;vertical-align:top}}td{{overflow-wrap:anywhere}}</style>"
        "<h1>Evidence of {}</h1><p>{}</p><table>{}</table><h2>Records by type</h2><table>{}</table>"
    )
    origin = manifest["origin"]
    return str(format_html(page, origin, origin, claim(manifest), format_html("{}" * len(rows), *rows), _joined(kinds)))


def _joined(parts: list[Any]) -> Any:
    return format_html("{}" * len(parts), *parts) if parts else ""


def _rows(manifest: Mapping[str, Any]) -> list[tuple[str, object]]:
    labels = {
        "count": "Records", "size": "Leaves of the log when it was signed", "root": "Root (SHA-256)",
        "vkey": "Key that signed it", "requested_by": "Requested by", "approved_by": "Approved by", "reason": "Reason",
        "created_at": "Made at (UTC)",
    }  # fmt: skip
    rows: list[tuple[str, object]] = [(label, manifest[name]) for name, label in labels.items() if name in manifest]
    if bodies := manifest.get("content"):
        rows.append(("Bodies of what was said", f"{bodies}, without {manifest['redaction']}"))
    return [*rows, ("Selected by", ", ".join(f"{k} = {v}" for k, v in manifest["filter"].items()) or "nothing: all")]
