"""Reading usage out of a whole answer without parsing more of it than is worth its time."""

import json
import re
from collections.abc import Callable, Mapping

import orjson

from llmproxy.wires.usage import Usage

WHOLE_PARSE_LIMIT = 256 * 1024
LONGEST_USAGE = 8192
LONGEST_BLANK = 64
Reader = Callable[[object], Usage | None]


class NotJson(ValueError):
    """An answer, or an event of one, that is not JSON, or was cut. `str()` is a plain sentence."""

    def __init__(self, message: str = "The provider's answer was not JSON.") -> None:
        super().__init__(message)


def usage_in(answer: bytes, member: str, read: Reader) -> Usage | None:
    """The usage that a whole answer reports in its top-level `member`; None where there is none.

    Raises:
        NotJson: seen in passing: a large answer is only looked at from its end.
    """
    if len(answer) > WHOLE_PARSE_LIMIT:
        if not answer[-LONGEST_BLANK:].rstrip().endswith(b"}"):
            raise NotJson
        return _at_the_end(answer, member.encode("ascii"), read)
    found = parsed(answer)
    return read(found.get(member)) if isinstance(found, dict) else None


def parsed(raw: bytes) -> object:
    """What a provider said.

    Servers send NaN and halves of surrogate pairs, and clients read them: what they get through is not refused.

    Raises:
        NotJson: it is no JSON even so.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            return json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise NotJson from error


def count(holder: object, name: str) -> int:
    """A count of tokens; 0 where it is missing or nonsense."""
    value = holder.get(name) if isinstance(holder, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def text(holder: Mapping[str, object], name: str) -> str:
    """A string; empty where it is missing or something else."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _at_the_end(answer: bytes, member: bytes, read: Reader) -> Usage | None:
    """A large answer (embeddings, images) is not parsed whole: the last usage object stands alone."""
    start = answer.rfind(b'"' + member + b'"')
    match = re.compile(rb'"' + member + rb'"\s*:\s*\{').match(answer, start) if start >= 0 else None
    if match is None:
        return None
    depth = 0
    for end in range(match.end() - 1, min(len(answer), match.end() + LONGEST_USAGE)):
        depth += {0x7B: 1, 0x7D: -1}.get(answer[end], 0)
        if depth == 0:
            try:
                return read(orjson.loads(answer[match.end() - 1 : end + 1]))
            except orjson.JSONDecodeError:
                return None
    return None
