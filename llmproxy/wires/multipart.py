"""multipart/form-data, read only as far as needed to know its fields and to change or leave out some of them.

Sources: RFC 7578, RFC 2046 section 5.1. Files are never copied on their own: parts are spans of the body.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass

BOUNDARY = re.compile(
    r"""boundary=(?:"([A-Za-z0-9'()+_,./:=? -]{1,70})"|([A-Za-z0-9'()+_,./:=?-]{1,70}))(?:;|\s|\Z)"""
).search
NAME = re.compile(rb'(?:^|[;\s])name="((?:[^"\\]|\\.)*)"').search
FILE = re.compile(rb"(?:^|[;\s])filename\*?=").search
DISPOSITION = re.compile(rb"^content-disposition:[ \t]*form-data[ \t]*(.*)$", re.IGNORECASE | re.MULTILINE).search
MOST_PARTS, LONGEST_HEAD, LONGEST_FIELD = 64, 4096, 65_536


class BadMultipart(ValueError):
    """`str()` is a plain sentence for the client."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its head from `start`, its content from `content` to `end`."""

    name: str
    is_file: bool
    start: int
    content: int
    end: int


class Form:
    """One form.

    Args:
        raw: the whole body.
        content_type: the header, which names the boundary.

    Raises:
        BadMultipart: it is none, or has more parts or longer heads than any client of these endpoints sends.
    """

    __slots__ = ("_delimiter", "_parts", "_raw", "fields")

    def __init__(self, raw: bytes, content_type: str) -> None:
        found = BOUNDARY(content_type)
        if found is None:
            raise BadMultipart("The content-type names no boundary.")
        self._raw = raw
        self._delimiter = b"--" + (found[1] or found[2]).encode("ascii")
        self._parts = self._read()
        self.fields = self._texts()

    def _read(self) -> list[Part]:
        parts: list[Part] = []
        delimiter = b"\r\n" + self._delimiter
        at = 0 if self._raw.startswith(self._delimiter) else self._raw.find(delimiter) + 2
        if at == 1:
            raise BadMultipart("The body does not hold the boundary that the content-type names.")
        at += len(self._delimiter)
        while self._raw[at : at + 2] != b"--":
            end = self._raw.find(delimiter, at)
            if end < 0 or len(parts) == MOST_PARTS:
                raise BadMultipart("The last boundary is missing." if end < 0 else "The form has too many parts.")
            parts.append(self._part(at, end))
            at = end + len(delimiter)
        return parts

    def _part(self, at: int, end: int) -> Part:
        start = self._raw.find(b"\r\n", at, end) + 2
        head_end = self._raw.find(b"\r\n\r\n", start - 2, min(end, start + LONGEST_HEAD))
        if start == 1 or self._raw[at : start - 2].strip(b" \t") or head_end < 0:
            raise BadMultipart("A part of the form has no proper head.")
        disposition = DISPOSITION(self._raw[start:head_end])
        name = NAME(disposition[1]) if disposition else None
        if disposition is None or name is None:
            raise BadMultipart("A part of the form has no name.")
        is_file = FILE(disposition[1]) is not None
        return Part(name[1].decode("utf-8", "replace"), is_file, start, head_end + 4, end)

    def _texts(self) -> dict[str, str]:
        """The fields that are no files; of a repeated one the first, unless it is read by us."""
        found: dict[str, str] = {}
        for part in self._parts:
            if part.is_file or part.end - part.content > LONGEST_FIELD:
                continue
            if part.name in found and part.name in ("model", "stream"):
                raise BadMultipart(f"The field {part.name} was sent more than once.")
            found.setdefault(part.name, self._raw[part.content : part.end].decode("utf-8", "replace"))
        return found

    @property
    def names(self) -> list[str]:
        """Of all parts, in order."""
        return [part.name for part in self._parts]

    def rewritten(self, changes: Mapping[str, str], dropped: Container[str] = ()) -> bytes:
        """The body with some fields' values replaced (added where missing) and some parts left out."""
        pieces: list[bytes | memoryview] = []
        view, missing = memoryview(self._raw), dict(changes)
        for part in self._parts:
            if part.name in dropped:
                continue
            new = missing.pop(part.name, None)
            content = view[part.content : part.end] if new is None else new.encode("utf-8")
            pieces += (self._delimiter, b"\r\n", view[part.start : part.content], content, b"\r\n")
        for name, value in missing.items():
            head = f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            pieces += (self._delimiter, b"\r\n", head)
        return b"".join([*pieces, self._delimiter, b"--\r\n"])
