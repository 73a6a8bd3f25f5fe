"""OpenAI's embeddings. The SDKs ask for base64, LangChain sends token ids."""

import base64
from array import array
from collections.abc import Callable, Iterable, Mapping
from sys import byteorder
from typing import Any

from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.answer import Facts
from llmproxy.wires.canonical.errors import BadAnswer, BadRequest, UnsupportedParameter
from llmproxy.wires.embedding.vectors import Texts, Vector, Vectors
from llmproxy.wires.openai_chat import usage_from

Object = Mapping[str, Any]
Decode = Callable[[Iterable[int]], str]
MEMBERS = frozenset({"model", "input", "encoding_format", "dimensions", "user"})
MOST_INPUTS = 2048


def reader(decode: Decode) -> Callable[[Object], Texts]:
    """Reads requests. Args: decode: gives the text behind token ids; raises ValueError with a plain sentence."""
    return lambda body: _read(body, decode)


def _read(body: Object, decode: Decode) -> Texts:
    for name, value in body.items():
        if name not in MEMBERS and value is not None:
            raise UnsupportedParameter(name)
    if reading.optional_text(body, "encoding_format") not in ("", "float", "base64"):
        raise BadRequest("encoding_format must be float or base64.", "encoding_format")
    left_out = ("user",) if body.get("user") else ()
    return Texts(_texts(body.get("input"), decode), reading.integer(body, "dimensions", least=1), left_out)


def _texts(given: object, decode: Decode) -> tuple[str, ...]:
    """A text, texts, token ids, or lists of these."""
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, list) or not given:
        raise BadRequest("input must be a text, a list of texts, or token ids.", "input")
    if len(given) > MOST_INPUTS and not isinstance(given[0], int):
        raise BadRequest(f"input must hold at most {MOST_INPUTS} texts.", "input")
    if all(isinstance(each, str) for each in given):
        return tuple(given)
    if all(isinstance(each, int) for each in given):
        return (_decoded(given, decode),)
    if all(isinstance(each, list) and each for each in given):
        return tuple(_decoded(each, decode) for each in given)
    raise BadRequest("input must be a text, a list of texts, or token ids.", "input")


def _decoded(ids: list[Any], decode: Decode) -> str:
    try:
        return decode(ids)
    except (ValueError, TypeError) as error:
        raise UnsupportedParameter("input", f"it takes no token ids. {error}") from error


def write_answer(answer: Vectors, facts: Facts, asked: Object) -> dict[str, Any]:
    """With an id, which Mistral's SDK wants."""
    packed = asked.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _base64(vector) if packed else list(vector)}
        for index, vector in enumerate(answer.vectors)
    ]
    tokens = answer.usage.input if answer.usage is not None else 0
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"id": facts.id, "object": "list", "data": data, "model": facts.model, "usage": usage}


def _base64(vector: Vector) -> str:
    """Little-endian 32-bit floats."""
    floats = array("f", vector)
    if byteorder == "big":
        floats.byteswap()
    return base64.b64encode(floats.tobytes()).decode()


def write_request(texts: Texts, model: str) -> dict[str, Any]:
    """Floats are asked for: the other wire has nothing else."""
    body: dict[str, Any] = {"model": model, "input": list(texts.texts), "encoding_format": "float"}
    return {**body, "dimensions": texts.dimensions} if texts.dimensions is not None else body


def read_answer(body: Object) -> Vectors:
    """The vectors, in the order of their texts. Raises BadAnswer."""
    data = body.get("data")
    if not isinstance(data, list) or not all(isinstance(each, Mapping) for each in data):
        raise BadAnswer("The provider's answer holds no embeddings.")
    ordered = sorted(data, key=lambda each: each["index"] if isinstance(each.get("index"), int) else 0)
    return Vectors(tuple(vector(each.get("embedding")) for each in ordered), usage_from(body.get("usage")))


def vector(given: object) -> Vector:
    """Numbers. Raises BadAnswer."""
    if not isinstance(given, list) or not all(isinstance(each, int | float) for each in given):
        raise BadAnswer("An embedding of the provider's is no list of numbers.")
    return given
