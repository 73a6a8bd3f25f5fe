"""Unit vectors that follow from the text alone."""

import base64
import hashlib
import math
import struct
from collections.abc import Iterator
from typing import Any

import orjson

from llmproxy.simulator import tokens
from llmproxy.simulator.parameters import Body, integer, text
from llmproxy.simulator.refusal import Refused, missing, wrong_type, wrong_value

DIMENSIONS = 256
MOST_DIMENSIONS = 3072
MOST_INPUTS = 2048
ENCODINGS = ("float", "base64")


def embeddings(body: Body) -> bytes:
    """The answer to `body`. Raises Refused."""
    inputs = list(_inputs(body))
    size = integer(body, "dimensions", 1, MOST_DIMENSIONS) or DIMENSIONS
    encoding = "float" if body.get("encoding_format") is None else text(body, "encoding_format")
    if encoding not in ENCODINGS:
        raise wrong_value("encoding_format", encoding, ENCODINGS)
    data = [
        {"object": "embedding", "index": index, "embedding": _encoded(vector(seed, size), encoding)}
        for index, (seed, _) in enumerate(inputs)
    ]
    used = sum(count for _, count in inputs)
    usage = {"prompt_tokens": used, "total_tokens": used}
    # `id` is not OpenAI's, but Mistral's SDK rejects an answer without it.
    identity = "embd-" + hashlib.sha256(b"".join(seed for seed, _ in inputs)).hexdigest()[:24]
    return orjson.dumps({"object": "list", "data": data, "model": body["model"], "usage": usage, "id": identity})


def vector(seed: bytes, size: int) -> list[float]:
    """`size` numbers of length 1 together."""
    raw = hashlib.shake_256(seed).digest(size * 2)
    numbers = [number + 0.5 for number in struct.unpack(f"<{size}h", raw)]  # never all zero
    length = math.sqrt(sum(number * number for number in numbers))
    return [number / length for number in numbers]


def _encoded(numbers: list[float], encoding: str) -> object:
    if encoding == "float":
        return numbers
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode("ascii")


def _inputs(body: Body) -> Iterator[tuple[bytes, int]]:
    """Each input as bytes with its count of tokens."""
    value = body.get("input")
    if value is None:
        raise missing("input")
    entries = [value] if isinstance(value, str) or _are_ids(value) else value
    if not isinstance(entries, list):
        raise wrong_type("input", "one of a string or an array", value)
    if not entries or len(entries) > MOST_INPUTS:
        raise Refused(f"'input' must have from 1 to {MOST_INPUTS} entries.", param="input")
    for entry in entries:
        yield _input(entry)


def _input(entry: Any) -> tuple[bytes, int]:
    if isinstance(entry, str):
        if not entry:
            raise Refused("'input' cannot be an empty string.", param="input")
        return b"text:" + entry.encode("utf-8"), tokens.count(entry)
    if _are_ids(entry):
        return b"ids:" + orjson.dumps(entry), len(entry)
    raise Refused("'$.input' is invalid. Expected strings or arrays of token ids.", param="input")


def _are_ids(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in value)
    )
