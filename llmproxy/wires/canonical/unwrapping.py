"""The free text within the arguments of the function that stands for a tool, while they arrive; see free_text.

Told piece by piece where the model keeps to the function's schema and begins with its one string, `{"input": "`: what
follows is text as soon as its escapes are whole. Whatever else it says is told as it spoke, when it is over.
"""

import re
from collections.abc import Mapping
from typing import Final

import orjson

from llmproxy.wires.canonical.free_text import INPUT

HEAD = re.compile(r'\s*\{\s*"input"\s*:\s*"')
COMPACT, LONGEST_HEAD = '{"input":"', 200
# As much of a string as is certain: no quote that ends it, no escape that is cut, and no half of a surrogate pair of
# which the other may follow. Four digits that are none are no escape.
CERTAIN = re.compile(
    r'(?:[^"\\]+'
    r"|\\[^u]"
    r"|\\u(?![dD][89abAB])[0-9a-fA-F]{4}"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}(?=[^\\]|\\[^u]|\\u.{4})"
    r"|\\u(?=[0-9a-fA-F]{0,3}[^0-9a-fA-F]))*",
    re.DOTALL,
)
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
MEANING: Final[Mapping[str, str]] = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "u": "\\u"}


class Unwrapping:
    """One call's, fed synchronously."""

    __slots__ = ("_begun", "_ended", "_otherwise", "_rest")

    def __init__(self) -> None:
        self._rest = ""  # what cannot be told yet
        self._begun = self._ended = False
        self._otherwise: list[str] | None = None  # all pieces, where the model says something else

    def feed(self, piece: str) -> str:
        """The text that `piece` completes; often nothing."""
        if self._otherwise is not None:
            self._otherwise.append(piece)
        if self._ended or self._otherwise is not None:
            return ""
        self._rest += piece
        if not self._begun and not self._beginning():
            return ""
        end = self._certain()
        told, self._rest = self._rest[:end], self._rest[end:]
        if self._rest.startswith('"'):
            self._ended, self._rest = True, ""
        return _read(told)

    def close(self) -> str:
        """What is left when the call is whole. Half an escape, where the arguments were cut, is nothing."""
        if self._begun:
            return ""
        return _otherwise("".join(self._otherwise or [self._rest]))

    def _beginning(self) -> bool:
        """Whether the one string has begun."""
        if found := HEAD.match(self._rest):
            self._begun, self._rest = True, self._rest[found.end() :]
        elif len(self._rest) > LONGEST_HEAD or not COMPACT.startswith("".join(self._rest.split())):
            self._otherwise, self._rest = [self._rest], ""
        return self._begun

    def _certain(self) -> int:
        found = CERTAIN.match(self._rest)
        return found.end() if found else 0


def unwrapped(arguments: str) -> str:
    """The free text of a whole call."""
    unwrapping = Unwrapping()
    return unwrapping.feed(arguments) + unwrapping.close()


def _read(text: str) -> str:
    """A part of a JSON string as what it means. Halves of pairs stand for nothing that could be sent."""
    if "\\" not in text:
        return text
    read = ESCAPE.sub(_meant, text)
    return read.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if "\\u" in text else read


def _meant(found: re.Match[str]) -> str:
    digits, sign = found.groups()
    return chr(int(digits, 16)) if digits else MEANING.get(sign, sign)


def _otherwise(arguments: str) -> str:
    """One string under another name, or else what the model said, as it is."""
    try:
        said = orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError:
        return arguments
    if not isinstance(said, dict):
        return arguments
    found = said.get(INPUT, next(iter(said.values()), "") if len(said) < 2 else None)
    return found if isinstance(found, str) else arguments
