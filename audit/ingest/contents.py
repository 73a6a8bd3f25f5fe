"""Takes in bodies that wait: secrets out, personal data out of the second copy, sealed, and named in the log.

The leaf `data.content.kept` holds the SHA-256 of the sealed bytes; rows, keys and leaf are one transaction.
"""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from audit.content import redaction, streams
from audit.content.digests import SecretDigests, month_of, subject_ref
from audit.content.keys import DataKeys, address_of
from audit.content.sealing import sealed
from audit.content.spooling import PURPOSE, Reader, Waiting
from audit.event_ids import moment_of
from audit.ingest import spool_files
from audit.ingest.store import Leaf, Store
from audit.ingest.synthesized import synthesized, synthesized_id
from audit.models import AuditBlob, AuditEvent, KeptContent, SecretSighting, SpoolSegment, SubjectKey
from audit.outside import outside
from audit.record_bytes import encoded
from audit.spool.frames import NotASegment, Scan, header_of

logger = structlog.get_logger(__name__)
BATCH = 100
MOST_SECRETS = 20
STREAM = "text/event-stream"


class Copy(NamedTuple):
    """What is sealed, and where it will lie."""

    address: str
    plain: bytes


class Opened(NamedTuple):
    """A body out of the spool, freed of its secrets, with the key that it is sealed under."""

    pk: UUID
    waiting: Waiting
    row: SubjectKey
    key: bytes
    reference: str
    media_type: str
    copies: dict[str, Copy]
    secrets: list[str]


class ContentIngestor:
    """Brings the bodies of one node's content spool into the log's database.

    Raises:
        DatabaseError, OSError: from run(); nothing is lost, the next run continues.
    """

    def __init__(self, directory: Path, node: str) -> None:
        self._directory = directory / node
        self._store = Store()
        self.added = 0

    def run(self, max_seconds: float = 30.0) -> int:
        """One pass over everything that waits; how many bodies were new."""
        deadline = time.monotonic() + max_seconds
        for writer in spool_files.writers(self._directory):
            for path in spool_files.segments(writer):
                with spool_files.unlocked(path) as free:
                    if not free or time.monotonic() > deadline:
                        break
                    self._take_segment(path)
            spool_files.tidy(writer)
        return self.added

    def _take_segment(self, path: Path) -> None:
        try:
            data = path.read_bytes()
            header, first = header_of(data)
        except FileNotFoundError:
            return
        except (NotASegment, TypeError, ValueError) as error:
            logger.error("audit.content_segment_unreadable", segment=path.name, error=type(error).__name__)
            spool_files.settle(path, spool_files.TORN)
            return
        name = f"content/{path.parent.name}/{path.name}"
        known = SpoolSegment.objects.using(self._store.alias).filter(pk=name).first()
        scan = Scan(data, known.offset if known is not None else first)
        reader = Reader(outside().keyed(PURPOSE), header.writer)
        frames = reader.bodies(iter(scan))
        while batch := list(islice(frames, BATCH)):
            with transaction.atomic(using=self._store.alias):
                self._add([waiting for _, waiting in batch if waiting is not None])
                self._note(name, UUID(header.writer), header.n, batch[-1][0].end)
        if scan.torn:
            spool_files.settle(path, spool_files.TORN)
            return
        path.unlink(missing_ok=True)  # at once, not after a while as records: what it holds is sealed elsewhere now

    def _add(self, waiting: Iterable[Waiting]) -> None:
        """A batch: a fixed number of statements, however many bodies there are."""
        self._store.locked_tree()
        alias = self._store.alias
        ids = {leaf_id(one.id): one for one in waiting}
        known = set(AuditEvent.objects.using(alias).filter(pk__in=ids).values_list("pk", flat=True))
        keys = DataKeys(alias)
        opened = [_opened(pk, one, keys) for pk, one in ids.items() if pk not in known]
        blobs = self._sealed(opened)
        KeptContent.objects.using(alias).bulk_create([_kept(one, blobs) for one in opened])
        SecretSighting.objects.using(alias).bulk_create([seen for one in opened for seen in _sightings(one)])
        self.added += self._store.add([_leaf(one, blobs) for one in opened])

    def _sealed(self, opened: list[Opened]) -> dict[str, AuditBlob]:
        """The sealed copies by address: those that lie there already, and new ones, stored now."""
        alias, wanted = self._store.alias, {copy.address for one in opened for copy in one.copies.values()}
        found = AuditBlob.objects.using(alias).in_bulk(wanted, field_name="address")
        new = []
        for one in opened:
            for copy in one.copies.values():
                if copy.address not in found:
                    found[copy.address] = sealed(one.row, one.key, copy.address, copy.plain, one.media_type)
                    new.append(found[copy.address])
        AuditBlob.objects.using(alias).bulk_create(new)
        return found

    def _note(self, name: str, writer: UUID, n: int, offset: int) -> None:
        SpoolSegment.objects.using(self._store.alias).update_or_create(
            pk=name,
            defaults={
                "writer": writer, "n": n, "offset": offset, "state": "committed", "committed_at": timezone.now(),
            },
        )  # fmt: skip


def _opened(pk: UUID, waiting: Waiting, keys: DataKeys) -> Opened:
    about = waiting.about
    organisation, when = about["columns"].get("organisation_id", ""), moment_of(waiting.id)
    reference = subject_ref(organisation, about["subject"])
    row, key = keys.of(organisation, month_of(when), reference)
    original, redacted, secrets = copies(waiting.body, about["media_type"], month_of(when))
    plain = {"original": original, "redacted": redacted}
    media_type = "application/json" if about["media_type"].startswith(STREAM) else about["media_type"]
    sealable = {name: Copy(address_of(key, text), text) for name, text in plain.items()}
    return Opened(pk, waiting, row, key, reference, media_type, sealable, secrets)


def _kept(one: Opened, blobs: dict[str, AuditBlob]) -> KeptContent:
    about = one.waiting.about
    return KeptContent(
        id=one.pk, organisation_id=about["columns"].get("organisation_id", ""), kind=about["kind"],
        request_id=about["columns"]["request_id"], original=blobs[one.copies["original"].address],
        redacted=blobs[one.copies["redacted"].address], size=about["size"], cut=about["cut"],
        occurred_at=moment_of(one.waiting.id),
    )  # fmt: skip


def _sightings(one: Opened) -> Iterator[SecretSighting]:
    columns = one.waiting.about["columns"]
    for digest in one.secrets:
        yield SecretSighting(
            digest=digest, month=digest[:7], organisation_id=columns.get("organisation_id", ""), content_id=one.pk,
            request_id=columns["request_id"], occurred_at=moment_of(one.waiting.id),
        )  # fmt: skip


def _leaf(one: Opened, blobs: dict[str, AuditBlob]) -> Leaf:
    about = one.waiting.about
    attrs: dict[str, Any] = {
        "content": str(one.waiting.id), "kind": about["kind"], "size": about["size"], "subject": one.reference,
        **{name: _named(blobs[copy.address]) for name, copy in one.copies.items()},
    }  # fmt: skip
    if about["cut"]:
        attrs["cut_to"] = len(one.waiting.body)
    if one.secrets:
        attrs["secrets"] = one.secrets[:MOST_SECRETS]
        attrs["secrets_found"] = len(one.secrets)
    record, _ = synthesized("data.content.kept", "success", attrs, **about["columns"])
    record["id"] = str(one.pk)
    return record, encoded(record)


def leaf_id(content_id: UUID) -> UUID:
    """The id of the event that says the body was kept: always the same for the same body, and as old as it."""
    return UUID(synthesized_id("content", content_id.bytes, content_id.int >> 80))


def copies(body: bytes, media_type: str, month: str) -> tuple[bytes, bytes, list[str]]:
    """The original without its secrets, the redacted copy, and the secrets' digests. What is no text stays as it is."""
    if media_type.startswith(STREAM):
        body = streams.gathered(body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body, body, []
    original, secrets = redaction.without_secrets(text, SecretDigests(month).of)
    return original.encode(), redaction.without_personal_data(original).encode(), secrets


def _named(blob: AuditBlob) -> dict[str, object]:
    return {
        "blob": str(blob.pk), "sha256": blob.sha256_cipher, "bytes": blob.stored_size, "key": str(blob.key_id),
        "codec": blob.codec, "cipher": blob.cipher,
    }  # fmt: skip
