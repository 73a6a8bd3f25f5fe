"""Gemini's embedContent and batchEmbedContents. To the provider it is always the batch."""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.answer import Facts
from llmproxy.wires.canonical.errors import BadAnswer, BadRequest, UnsupportedParameter
from llmproxy.wires.embedding.openai import vector
from llmproxy.wires.embedding.vectors import EmbeddingClient, Texts, Vectors
from llmproxy.wires.gemini_generate.names import camel, listed
from llmproxy.wires.taps.gemini import usage_from

Object = Mapping[str, Any]
MEMBERS = frozenset({"model", "content", "outputDimensionality"})


def _read(request: Object, at: str) -> tuple[str, int | None]:
    given = camel(request)
    for name, value in given.items():
        if name not in MEMBERS and value is not None:
            raise UnsupportedParameter(reading.place(at, name))
    content = reading.mapping(given, "content", at)
    if content is None:
        raise BadRequest(f"{reading.place(at, 'content')} must be an object.", reading.place(at, "content"))
    here = reading.place(at, "content")
    parts = [
        reading.text(part, "text", place) for place, part in reading.objects(listed(content, "parts"), "parts", here)
    ]
    if not parts:
        raise BadRequest(f"{here}.parts must hold a text.", f"{here}.parts")
    return "\n".join(parts), reading.integer(given, "outputDimensionality", at, least=1)


def read_one(body: Object) -> Texts:
    """A request of embedContent. Raises BadRequest, UnsupportedParameter."""
    text, dimensions = _read(body, "")
    return Texts((text,), dimensions)


def read_batch(body: Object) -> Texts:
    """A request of batchEmbedContents. Raises BadRequest, UnsupportedParameter."""
    requests = [_read(each, at) for at, each in reading.objects(body, "requests")]
    sizes = {dimensions for _, dimensions in requests}
    if len(sizes) > 1:
        raise UnsupportedParameter("requests.outputDimensionality", "it gives vectors of one size")
    return Texts(tuple(text for text, _ in requests), sizes.pop() if sizes else None)


def _write_one(answer: Vectors, facts: Facts, asked: Object) -> dict[str, Any]:
    return {"embedding": {"values": list(answer.vectors[0])}}


def _write_batch(answer: Vectors, facts: Facts, asked: Object) -> dict[str, Any]:
    return {"embeddings": [{"values": list(each)} for each in answer.vectors]}


ONE, BATCH = EmbeddingClient(read_one, _write_one), EmbeddingClient(read_batch, _write_batch)


def write_request(texts: Texts, model: str) -> dict[str, Any]:
    """Each of the batch names the model again."""
    common: dict[str, Any] = {"model": f"models/{model}"}
    if texts.dimensions is not None:
        common["outputDimensionality"] = texts.dimensions
    return {"requests": [{**common, "content": {"parts": [{"text": text}]}} for text in texts.texts]}


def read_answer(body: Object) -> Vectors:
    """The vectors of a batch. Raises BadAnswer."""
    found = body.get("embeddings")
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise BadAnswer("The provider's answer holds no embeddings.")
    return Vectors(tuple(vector(each.get("values")) for each in found), usage_from(body.get("usageMetadata")))
