"""Amazon's Titan text embeddings, as AWS Bedrock invokes them. To a provider only.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
"""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical.errors import BadAnswer, UnsupportedParameter
from llmproxy.wires.embedding.openai import vector
from llmproxy.wires.embedding.vectors import Texts, Vectors
from llmproxy.wires.taps.reading import count
from llmproxy.wires.usage import Usage

FAMILY = "titan-embed"


def write_request(texts: Texts, model: str) -> dict[str, Any]:
    """The model stands in the address; vectors have length one unless the row's `extra_body` says otherwise.

    Raises:
        UnsupportedParameter: more than one text.
    """
    if len(texts.texts) != 1:
        raise UnsupportedParameter("input", "it takes one text at a time")
    body: dict[str, Any] = {"inputText": texts.texts[0]}
    return {**body, "dimensions": texts.dimensions} if texts.dimensions is not None else body


def read_answer(body: Mapping[str, Any]) -> Vectors:
    """The vector, with the tokens that it took. Raises BadAnswer."""
    if "embedding" not in body:
        raise BadAnswer("The provider's answer holds no embedding.")
    return Vectors((vector(body["embedding"]),), Usage(input=count(body, "inputTextTokenCount")))
