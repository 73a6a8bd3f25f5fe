"""Tells lines that look like a sound record which was seen before, by one regular expression and without parsing them.

Like it are lines with the same members of the same types in the same order, and the same type, outcome and schema.
"""

import json
import re
from collections.abc import Callable
from typing import Any

MOST_PATTERNS = 4  # of one type of record
KIND = b'"type":"'
FIXED = ("outcome", "schema", "type")
CAUGHT = ("id", "seq", "writer")
PLAIN = rb"[ !#-\[\]-~]*+"  # of a string: printable ASCII without escapes
TEXT, NUMBER = b'"' + PLAIN + b'"', rb"-?(?:0|[1-9][0-9]{0,17}+)"
Match = Callable[[bytes], "re.Match[bytes] | None"]


class Unlike(Exception):
    """No pattern can be made of it."""


class Likeness:
    """Learns from sound records."""

    def __init__(self) -> None:
        self._patterns: dict[bytes, list[Match]] = {}

    def found(self, line: bytes) -> tuple[bytes, ...] | None:
        """Id, or id, number and writer, of a line that is like one that was learnt; None: it has to be looked at."""
        begin = line.rfind(KIND) + len(KIND)
        for matches in self._patterns.get(line[begin : line.find(b'"', begin)], ()):
            if (match := matches(line)) is not None:
                return match.groups()
        return None

    def learn(self, record: dict[str, Any], line: bytes) -> None:
        """From a record that is sound, and its line."""
        known = self._patterns.setdefault(record["type"].encode("utf-8", "replace"), [])
        if len(known) >= MOST_PATTERNS or list(record) != sorted(record):
            return
        try:
            matches = re.compile(_record_pattern(record)).fullmatch
        except (RecursionError, Unlike):
            return
        match = matches(line)
        if match is not None and len(match.groups()) in (1, len(CAUGHT)):
            known.append(matches)


def _record_pattern(record: dict[str, Any]) -> bytes:
    members = []
    for name, value in record.items():
        if name in FIXED:
            pattern = re.escape(json.dumps(value).encode())
        else:
            pattern = _pattern(value)
            if name in CAUGHT:
                pattern = b'"(' + PLAIN + b')"' if pattern == TEXT else b"(" + pattern + b")"
        members.append(_named(name, pattern))
    return rb"\{" + b",".join(members) + rb"\}"


def _named(name: str, pattern: bytes) -> bytes:
    return re.escape(json.dumps(name).encode()) + b":" + pattern


def _pattern(value: Any) -> bytes:
    """Raises Unlike: it is of a type that records do not hold."""
    if isinstance(value, dict):
        return rb"\{" + b",".join(_named(name, _pattern(member)) for name, member in value.items()) + rb"\}"
    if isinstance(value, list):
        return rb"\[" + b",".join(map(_pattern, value)) + rb"\]"
    if isinstance(value, bool):
        return b"(?:true|false)"
    for kind, pattern in ((str, TEXT), (int, NUMBER), (type(None), b"null")):
        if isinstance(value, kind):
            return pattern
    raise Unlike
