"""What was said, for a bundle: the redacted copies to read, and the sealed ones whose hashes the log holds.

Each body has a key of its own: with it anybody can open the sealed copy, see that it says the same, and open no other.
"""

import json
from collections.abc import Iterable, Iterator
from uuid import UUID

from audit.content.keys import KeyGone, blob_key, unwrapped
from audit.content.sealing import BodyDamaged, ciphertext, opened
from audit.models import KeptContent
from audit.tree.bundle_files import CONTENT_INDEX

CHUNK = 200
File = tuple[str, bytes]


def content_files(alias: str, event_ids: Iterable[UUID]) -> Iterator[File]:
    """Names and bytes: a text and a sealed copy for each body that can still be read, and the index at the end."""
    index = []
    for kept in _kept(alias, list(event_ids)):
        blob, name = kept.redacted, f"content/{kept.pk}"
        about = {"event": str(kept.pk), "request_id": kept.request_id, "kind": kept.kind, "cut": kept.cut}
        try:
            plain, sealed = opened(blob), ciphertext(blob)
        except (BodyDamaged, KeyGone, OSError) as error:
            index.append({**about, "missing": f"{type(error).__name__}: {error}"})
            continue
        yield f"{name}.txt", plain
        yield f"{name}.sealed", sealed
        key = blob_key(unwrapped(blob.key), blob.address)
        opening = {"key": key.hex(), "nonce": bytes(blob.nonce).hex(), "additional_data": blob.address}
        index.append({**about, "sha256": blob.sha256_cipher, "cipher": blob.cipher, "codec": blob.codec, **opening})
    yield CONTENT_INDEX, "".join(f"{json.dumps(line)}\n" for line in index).encode()


def _kept(alias: str, ids: list[UUID]) -> Iterator[KeptContent]:
    rows = KeptContent.objects.using(alias).select_related("redacted__key")
    for first in range(0, len(ids), CHUNK):
        yield from rows.filter(pk__in=ids[first : first + CHUNK]).order_by("pk")
