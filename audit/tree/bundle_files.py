"""The files of an evidence bundle."""

import json
import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from .bundle_directory import BundleDirectory, BundleUnreadable
from .bundle_records import BLOCK, Records
from .leaves import leaf_hash
from .nodes import HASH_SIZE
from .notes import DASH
from .ranges import RangeProof
from .removed import Removed, Run
from .tiles import WIDTH, path

FORMAT = "gatehouse-evidence/1"
MANIFEST, CHECKPOINT = "manifest.json", "checkpoint"
RANGE, INCLUSION, REMOVED = "proofs/range.json", "proofs/inclusion.jsonl", "proofs/removed.jsonl"
CONTENT_INDEX = "content/index.jsonl"
EVENT_ID = re.compile(r"[0-9a-f-]{36}", re.ASCII)


class Removal(NamedTuple):
    """Leaves that were removed, and the record of it with its proof."""

    runs: list[Run]
    record: bytes
    leaf: int
    path: tuple[bytes, ...]


class Bundle(BundleDirectory):
    """An evidence bundle in a directory. Raises BundleUnreadable: it is none."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.records = Records(directory)
        self.manifest = self.json(MANIFEST)
        if self.manifest.get("format") != FORMAT:
            raise BundleUnreadable(f"{MANIFEST} does not say {FORMAT}")
        self.contiguous = self.manifest.get("kind") == "range"
        self.checkpoint = self.read(CHECKPOINT)

    def lines(self) -> Iterator[bytes]:
        """The records' exact bytes."""
        return self.records.lines()

    def leaves(self, removed: Removed) -> Iterator[bytes]:
        """The hashes of a contiguous range: of its records, and from the tiles those of what was removed."""
        lines, proof = self.lines(), self.range()
        if not removed:
            yield from map(leaf_hash, lines)
            return
        tile = lru_cache(16)(self.tile)
        for index in range(proof.first, proof.end):
            if index in removed:
                at = index % WIDTH * HASH_SIZE
                yield tile(0, index // WIDTH)[at : at + HASH_SIZE]
            elif (line := next(lines, None)) is not None:
                yield leaf_hash(line)
        yield from map(leaf_hash, lines)  # more than there should be

    def indexes(self, removed: Removed) -> Iterator[int]:
        """The records' numbers in the log, as the bundle claims."""
        if self.contiguous and not removed:
            return count(self.range().first)
        if self.contiguous:
            return (index for index in count(self.range().first) if index not in removed)
        return (index for index, _ in self.inclusions())

    def removals(self) -> Iterator[Removal]:
        """What was removed after its retention, with the records that say so."""
        if not (self.directory / REMOVED).is_file():
            return
        with self.open(REMOVED) as file:
            for line in file:
                try:
                    found = json.loads(line)
                    runs = [(_number(first), _number(end)) for first, end in found["runs"]]
                    yield Removal(runs, str(found["record"]).encode(), _number(found["index"]), _hashes(found["path"]))
                except (KeyError, RecursionError, TypeError, ValueError) as error:
                    raise BundleUnreadable(f"{REMOVED} is malformed") from error

    def range(self) -> RangeProof:
        """The proof of a contiguous range."""
        found = self.json(RANGE)
        try:
            first, end, size = (_number(found[name]) for name in ("first", "end", "size"))
            return RangeProof(first, end, size, _hashes(found["left"]), _hashes(found["right"]))
        except (KeyError, TypeError) as error:
            raise BundleUnreadable(f"{RANGE} is malformed") from error

    def inclusions(self) -> Iterator[tuple[int, tuple[bytes, ...]]]:
        """Leaf number and path for each record of a selection."""
        with self.open(INCLUSION) as file:
            for line in file:
                try:
                    found = json.loads(line)
                    yield _number(found["index"]), _hashes(found["path"])
                except (KeyError, RecursionError, TypeError, ValueError) as error:
                    raise BundleUnreadable(f"{INCLUSION} is malformed") from error

    def contents(self) -> Iterator[dict[str, Any]]:
        """What the bundle holds of what was said."""
        if not (self.directory / CONTENT_INDEX).is_file():
            return
        with self.open(CONTENT_INDEX) as file:
            for line in file:
                try:
                    found = json.loads(line)
                    if not EVENT_ID.fullmatch(found["event"]):
                        raise ValueError
                except (KeyError, RecursionError, TypeError, ValueError) as error:
                    raise BundleUnreadable(f"{CONTENT_INDEX} is malformed") from error
                yield found

    def sealed(self, event: str) -> bytes:
        """The sealed copy of a body."""
        return self.read(f"content/{event}.sealed")

    def tile(self, level: int, n: int) -> bytes:
        """What the bundle has of a tile; nothing if it has none."""
        whole = self.directory / path(level, n)
        if whole.is_file():
            return whole.read_bytes()
        partial = sorted(whole.parent.glob(f"{whole.name}.p/*"), key=lambda file: file.stat().st_size)
        return partial[-1].read_bytes()[: WIDTH * HASH_SIZE] if partial else b""

    def altered(self) -> list[str]:
        """Names of files whose SHA-256 is not the manifest's."""
        files = self.manifest.get("files")
        if not isinstance(files, dict):
            raise BundleUnreadable(f"{MANIFEST} lists no files")
        return [name for name, digest in sorted(files.items()) if self._digest(name) != digest]

    def _digest(self, name: str) -> str:
        try:
            outside = self.directory.resolve() not in (self.directory / name).resolve().parents
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links; a name that no file can have
            raise BundleUnreadable(f"{MANIFEST} names what is no file") from error
        if outside:
            raise BundleUnreadable(f"{MANIFEST} names a file outside the bundle")
        try:
            with (self.directory / name).open("rb") as file:
                digest = sha256()
                while block := file.read(BLOCK):
                    digest.update(block)
        except OSError:
            return ""
        return digest.hexdigest()


def notes_in(data: bytes) -> list[bytes]:
    """The signed notes of a file that may hold several, one after the other."""
    found: list[bytes] = []
    current: list[bytes] = []
    dash = DASH.encode()
    for line in data.splitlines(keepends=True):
        if current and current[-1].startswith(dash) and not line.startswith(dash):
            found.append(b"".join(current))
            current = []
        if current or line.strip():
            current.append(line)
    return [*found, b"".join(current)] if current else found


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise TypeError
    return value


def _hashes(values: list[str]) -> tuple[bytes, ...]:
    try:
        found = tuple(b64decode(value, validate=True) for value in values)
    except (BadBase64, ValueError) as error:
        raise TypeError from error
    if any(len(value) != HASH_SIZE for value in found):
        raise TypeError
    return found
