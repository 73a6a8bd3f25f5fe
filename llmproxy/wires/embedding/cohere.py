"""Cohere's embedding models, as AWS Bedrock invokes them. To a provider only.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v4.html
"""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical.errors import BadAnswer, UnsupportedParameter
from llmproxy.wires.embedding.openai import vector
from llmproxy.wires.embedding.vectors import Texts, Vectors

MOST_TEXTS = 96
# The API wants to know what the vectors are for, which no client says. A row's `extra_body` may say another purpose.
PURPOSE = "search_document"


def write_request(texts: Texts, model: str) -> dict[str, Any]:
    """The model stands in the address. Raises UnsupportedParameter: more texts than it takes."""
    if len(texts.texts) > MOST_TEXTS:
        raise UnsupportedParameter("input", f"it takes at most {MOST_TEXTS} texts at once")
    body: dict[str, Any] = {"texts": list(texts.texts), "input_type": PURPOSE, "embedding_types": ["float"]}
    return {**body, "output_dimension": texts.dimensions} if texts.dimensions is not None else body


def read_answer(body: Mapping[str, Any]) -> Vectors:
    """The vectors; older models give them without their type. Raises BadAnswer."""
    found = body.get("embeddings")
    if isinstance(found, Mapping):
        found = found.get("float")
    if not isinstance(found, list):
        raise BadAnswer("The provider's answer holds no embeddings.")
    return Vectors(tuple(map(vector, found)))
