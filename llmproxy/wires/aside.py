"""Long base64 texts of a request are set aside while it is read, so that no copy of an image is made on the way.

What stands for one while the request is parsed, looked at and translated is the digest of its bytes, itself base64: two
requests that differ in an image still differ. In the provider's body the bytes themselves stand again.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping

SHORTEST_BODY = 1024 * 1024
LEAST = 64 * 1024
STEP, PROBED = LEAST // 2, 64
CHUNK = 64 * 1024
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
PREFIX = re.compile(rb"data:[A-Za-z0-9.+/;=-]{1,200};base64,")
Aside = Mapping[bytes, memoryview]
NOTHING: Aside = {}


def set_aside(raw: bytes) -> tuple[bytes, Aside]:
    """`raw` with digests in place of long base64 strings, and what they stand for. Nothing is done to short bodies."""
    if len(raw) < SHORTEST_BODY:
        return raw, NOTHING
    view, at = memoryview(raw), 0
    kept: list[bytes | memoryview] = []
    found: dict[bytes, memoryview] = {}
    for start, end in _blobs(raw):
        digest = base64.b64encode(hashlib.sha256(view[start:end]).digest())
        found[digest] = view[start:end]
        kept += [view[at:start], digest]
        at = end
    return (b"".join([*kept, view[at:]]), found) if found else (raw, NOTHING)


def put_back(body: bytes, aside: Aside) -> bytes:
    """`body` with what the digests stand for. One that has none is given back as it is."""
    if not aside:
        return body
    digests = re.compile(b"|".join(re.escape(digest) for digest in aside))
    view, at = memoryview(body), 0
    kept: list[bytes | memoryview] = []
    for match in digests.finditer(body) if len(body) < SHORTEST_BODY or _holds(body, aside) else ():
        kept += [view[at : match.start()], aside[match[0]]]
        at = match.end()
    return b"".join([*kept, view[at:]]) if kept else body


def _holds(body: bytes, aside: Aside) -> bool:
    """A body that was passed through holds the bytes themselves: a quick look tells."""
    return any(digest in body for digest in aside)


def _blobs(raw: bytes) -> Iterator[tuple[int, int]]:
    """Where long strings of nothing but base64 lie, behind the beginning of a data URL if they have one.

    A long one lies under some of the places that are probed. What lies between a string's end and the next one's
    beginning starts with a sign that base64 does not have.
    """
    done = 0
    for place in range(STEP, len(raw), STEP):
        if place < done or raw[place : place + PROBED].translate(None, ALPHABET):
            continue
        opened, closed = raw.rfind(b'"', done, place), raw.find(b'"', place)
        if opened < 0 or closed < 0:
            return
        prefix = PREFIX.match(raw, opened + 1)
        start, done = prefix.end() if prefix else opened + 1, closed
        if closed - start >= LEAST and _is_base64(raw, start, closed):
            yield start, closed


def _is_base64(raw: bytes, start: int, end: int) -> bool:
    """Piece by piece: a search for anything else that is quick and makes no copy of the whole."""
    end -= next(padding for padding in (2, 1, 0) if raw.endswith(b"=" * padding, start, end))
    return not any(raw[at : min(at + CHUNK, end)].translate(None, ALPHABET) for at in range(start, end, CHUNK))
