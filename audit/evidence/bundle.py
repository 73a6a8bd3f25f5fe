"""Writes an evidence bundle: exact records, their proofs, the signed checkpoint (AUDIT 5.3)."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.utils import timezone

from audit.actions.sign_checkpoint import key_file, trusted_keys
from audit.catalogue import KEPT
from audit.evidence.contents import content_files
from audit.evidence.wording import readme, report
from audit.models import AuditEvent, SignedCheckpoint
from audit.retention.explained import Explained, removals
from audit.schemas.record import VERSION, file_name, known_schema, record_schema
from audit.stored_tree import StoredTree
from audit.tree import tiles
from audit.tree.bundle_files import CHECKPOINT, FORMAT, INCLUSION, MANIFEST, RANGE, REMOVED
from audit.tree.bundle_records import EVENTS
from audit.tree.removed import Removed

CHUNK = 2000
Row = tuple[int, str, bytes]  # leaf number, type, bytes


class BundleWriter:
    """Fills an empty directory.

    Args:
        directory: made if it is not there.
        checkpoint: which state of the log is shown.
        with_content: also what was said in the calls of the records, redacted.

    Raises:
        FileExistsError: the directory holds something.
        OSError, TileMissing, DatabaseError: it cannot be written, or the log is damaged.
    """

    def __init__(self, directory: Path, checkpoint: SignedCheckpoint, *, with_content: bool = False) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise FileExistsError(f"{directory} is not empty")
        self._directory = directory
        self._checkpoint = checkpoint
        self._alias: str = settings.AUDIT_DB_ALIAS
        self._tree = StoredTree(self._alias)
        self._removals = [one for one in removals(self._alias) if isinstance(one, Explained)]
        self._removed = Removed(run for one in self._removals for run in one.runs)
        self._types: Counter[str] = Counter()
        self._digests: dict[str, str] = {}
        self._with_content = with_content
        self._kept: list[UUID] = []

    def write(
        self,
        first: int,
        end: int,
        chosen: Mapping[str, str],
        about: Mapping[str, str],
        events: Iterable[AuditEvent] | None = None,
    ) -> dict[str, Any]:
        """Records [first, end) of the log, or those of them whose columns are as `chosen`; the manifest.

        Args:
            about: requested_by and reason.
            events: those that `chosen` describes, where it is not a matter of columns alone.
        """
        size, key = self._checkpoint.size, key_file().keys()[-1]
        if not chosen:
            first = max(first, min(self._removed.prefix, end - 1))  # before it there is nothing that could be shown
        self._text(CHECKPOINT, self._checkpoint.note)
        self._records(_rows(self._alias, first, end, chosen) if events is None else _told(events), bool(chosen))
        if not chosen:
            self._range_proof(first, end)
            self._said_removed(first, end)
        self._content()
        self._tiles(size)
        vkeys = [str(key) for key in trusted_keys(self._alias, key_file().keys())]
        self._text("keys.txt", "".join(f"{vkey}\n" for vkey in vkeys))
        self._text("schemas/record.v1.json", json.dumps(record_schema(), indent=1))
        for kind in sorted(self._types):
            if (schema := known_schema(kind, VERSION)) is not None:
                self._text(f"schemas/{file_name(kind)}", json.dumps(schema, indent=1))
        manifest: dict[str, Any] = {
            "format": FORMAT, "kind": "selection" if chosen else "range", "origin": key.name,
            "first": first, "end": end, "filter": dict(chosen), "count": self._types.total(),
            "types": dict(self._types), "size": size,
            "root": bytes(self._checkpoint.root).hex(), "vkey": str(key.verifier),
            "created_at": f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}",
            "redaction": "secrets and personal data" if self._with_content else "none",
            "content": len(self._kept), **about,
        }  # fmt: skip
        self._text("README", readme(manifest))
        self._text("report.html", report(manifest))
        manifest["files"] = dict(sorted(self._digests.items()))
        self._text(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
        return manifest

    def _records(self, rows: Iterable[Row], is_selection: bool) -> None:
        digest, proofs = sha256(), sha256()
        (self._directory / INCLUSION).parent.mkdir(exist_ok=True)
        with (self._directory / EVENTS).open("wb") as records, (self._directory / INCLUSION).open("wb") as paths:
            for index, kind, raw in rows:
                self._types[kind] += 1
                if self._with_content and kind == KEPT:
                    self._kept.append(UUID(orjson.loads(raw)["id"]))
                _put(records, digest, raw)
                if is_selection:
                    _put(paths, proofs, self._inclusion(index))
        self._digests[EVENTS] = digest.hexdigest()
        if is_selection:
            self._digests[INCLUSION] = proofs.hexdigest()
        else:
            (self._directory / INCLUSION).unlink()

    def _inclusion(self, index: int) -> bytes:
        path = self._tree.inclusion(index, self._checkpoint.size)
        return json.dumps({"index": index, "path": _base64(path)}).encode()

    def _range_proof(self, first: int, end: int) -> None:
        proof = self._tree.range(first, end, self._checkpoint.size)
        sides = {"left": _base64(proof.left), "right": _base64(proof.right)}
        self._text(RANGE, json.dumps({"first": first, "end": end, "size": proof.size, **sides}))

    def _content(self) -> None:
        if self._with_content:
            for name, data in content_files(self._alias, self._kept):
                self._bytes(name, data)

    @property
    def contents(self) -> list[UUID]:
        """The events of the bodies that are in the bundle."""
        return self._kept

    def _said_removed(self, first: int, end: int) -> None:
        """The records that say what of the range was removed, with the lists that they hold the hashes of."""
        lines = []
        for one in self._removals:
            if not Removed(one.runs).within(first, end) or one.event.leaf_index >= self._checkpoint.size:
                continue
            path = self._tree.inclusion(one.event.leaf_index, self._checkpoint.size)
            lines.append(
                json.dumps(
                    {
                        "runs": one.runs, "record": bytes(one.event.raw).decode(), "index": one.event.leaf_index,
                        "path": _base64(path),
                    }
                )
            )  # fmt: skip
        if lines:
            self._text(REMOVED, "".join(f"{line}\n" for line in lines))

    def _tiles(self, size: int) -> None:
        for level, n, width in tiles.names(size):
            if level == 0 and (n + 1) * tiles.WIDTH <= self._removed.prefix:
                continue  # it went with the records that it covers
            self._bytes(tiles.path(level, n, width), self._tree.tile(level, n)[: width * 32])

    def _text(self, name: str, text: str) -> None:
        self._bytes(name, text.encode())

    def _bytes(self, name: str, data: bytes) -> None:
        path = self._directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self._digests[name] = sha256(data).hexdigest()


def _rows(alias: str, first: int, end: int, chosen: Mapping[str, str]) -> Iterable[Row]:
    events = AuditEvent.objects.using(alias).filter(leaf_index__gte=first, leaf_index__lt=end, **chosen)
    rows = events.order_by("leaf_index").values_list("leaf_index", "type", "raw").iterator(chunk_size=CHUNK)
    return ((index, kind, bytes(raw)) for index, kind, raw in rows)


def _told(events: Iterable[AuditEvent]) -> Iterable[Row]:
    return ((event.leaf_index, event.type, bytes(event.raw)) for event in events)


def _put(file: Any, digest: Any, line: bytes) -> None:
    file.write(line + b"\n")
    digest.update(line + b"\n")


def _base64(hashes: Iterable[bytes]) -> list[str]:
    return [b64encode(one).decode() for one in hashes]
