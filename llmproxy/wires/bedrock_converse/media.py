"""Images, documents and sounds as Converse has them: by a format of its own, with bytes or an address in S3."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical.content import Media
from llmproxy.wires.canonical.errors import UnsupportedParameter

IMAGES = {"image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
DOCUMENTS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
SOUNDS = {
    "audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/ogg": "ogg",
    "audio/flac": "flac", "audio/aac": "aac", "audio/opus": "opus", "audio/webm": "webm", "audio/mp4": "mp4",
    "audio/pcm": "pcm",
}  # fmt: skip
KINDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "image": ("image", IMAGES),
    "file": ("document", DOCUMENTS),
    "audio": ("audio", SOUNDS),
}
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9\s\-()\[\]]")
BLANKS = re.compile(r"\s+")
LONGEST_NAME = 200


def written(media: Media) -> dict[str, Any]:
    """The content block. Raises UnsupportedParameter for what Converse has no format or no source for."""
    if media.kind == "file" and media.type in IMAGES:
        return written(Media("image", media.type, media.data, media.url))
    if media.kind not in KINDS:
        raise UnsupportedParameter(media.kind)
    name, formats = KINDS[media.kind]
    block: dict[str, Any] = {"source": _source(media)}
    if found := formats.get(media.type.partition(";")[0].strip().lower()):
        block["format"] = found
    elif name != "document" or not media.text:
        raise UnsupportedParameter(media.kind, f"it takes none of the media type {media.type[:80]!r}")
    if name == "document":
        block["name"] = _name(media.name)
        if media.cite:
            block["citations"] = {"enabled": True}
    return {name: block}


def _source(media: Media) -> dict[str, Any]:
    if media.text:
        return {"text": media.text}
    if media.url.startswith("s3://"):
        return {"s3Location": {"uri": media.url}}
    if media.url:
        raise UnsupportedParameter(media.kind, "it takes no addresses but s3://. Send the bytes.")
    try:
        base64.b64decode(media.data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnsupportedParameter(media.kind, "its data is not base64") from error
    return {"bytes": media.data}


def _name(given: str) -> str:
    """Only what the service allows in names; a neutral one where nothing is left."""
    stem = given.rpartition(".")[0] or given
    return BLANKS.sub(" ", NOT_IN_NAMES.sub(" ", stem)).strip()[:LONGEST_NAME].strip() or "document"


TYPES: Mapping[str, str] = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}


def image_read(block: Mapping[str, Any]) -> Media:
    """An image that a model made."""
    source = block.get("source")
    data = source.get("bytes") if isinstance(source, Mapping) else None
    return Media("image", TYPES.get(str(block.get("format")), "image/png"), data if isinstance(data, str) else "")
