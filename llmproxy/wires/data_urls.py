"""Bytes within a URL: data:image/png;base64,… (RFC 2397)."""

import base64
import binascii
import mimetypes
from urllib.parse import unquote_to_bytes

from llmproxy.wires.canonical.content import Media

SCHEME = "data:"
BASE64 = ";base64"
PLAIN = "text/plain"


def media(kind: str, url: str, *, name: str = "", detail: str = "") -> Media:
    """What lies within a data URL, or at any other address."""
    if url[:5].lower() != SCHEME:
        return Media(kind, url=url, name=name, detail=detail)
    head, _, data = url[5:].partition(",")
    if head.endswith(BASE64):
        return inline(kind, head[: -len(BASE64)].partition(";")[0].lower(), data, name=name, detail=detail)
    said = unquote_to_bytes(data).decode("utf-8", "replace")
    return Media(kind, head.partition(";")[0].lower() or "text/plain", text=said, name=name, detail=detail)


def file(data: str, name: str) -> Media:
    """A file's data, which clients send as a data URL or as bare base64."""
    if data[:5].lower() == SCHEME:
        return media("file", data, name=name)
    return inline("file", mimetypes.guess_type(name)[0] or "application/pdf", data, name=name)


def inline(kind: str, media_type: str, data: str, *, name: str = "", detail: str = "") -> Media:
    """base64, unless it is a plain text: wires differ in how they want those."""
    if kind == "file" and media_type == PLAIN:
        try:
            return Media(kind, PLAIN, text=base64.b64decode(data, validate=True).decode(), name=name)
        except (binascii.Error, UnicodeDecodeError):
            pass  # not for us to judge: the provider says what it makes of it
    return Media(kind, media_type, data, name=name, detail=detail)


def written(media_type: str, data: str) -> str:
    """base64 as a URL."""
    return f"data:{media_type};base64,{data}"
