"""Lists of models as providers answer them: one reader for all the shapes that are in use.

OpenAI's `{"data": [{"id"}]}`, Anthropic's the same; Gemini's and Cohere's `{"models": [{"name"}]}`; Bedrock's
`{"modelSummaries": [{"modelId"}]}`; Vertex AI's `{"publisherModels": [{"name"}]}`; Together's bare list.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import orjson

LISTS = ("data", "models", "modelSummaries", "publisherModels")
NAMES = ("id", "modelId", "name", "model")
WINDOWS = ("context_window", "context_length", "max_context_length", "max_model_len", "inputTokenLimit")
MOST_MODELS = 5000
LONGEST_NAME = 200


class NotAList(ValueError):
    """`str()` is a plain sentence for the person who fetches the models."""


class Listed(NamedTuple):
    """A model as its provider lists it. `context_window` in tokens; None where it is not said."""

    name: str
    context_window: int | None
    kind: str


def listed_models(body: str) -> list[Listed]:
    """The models of an answer, by name, each once. Raises NotAList."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotAList("The answer is not JSON.") from error
    items = answer if isinstance(answer, list) else _list_in(answer)
    if items is None:
        raise NotAList("The answer holds no list of models.")
    found = {model.name: model for model in _models(items)}
    return [found[name] for name in sorted(found)]


def _list_in(answer: object) -> list[object] | None:
    if not isinstance(answer, Mapping):
        return None
    return next((answer[name] for name in LISTS if isinstance(answer.get(name), list)), None)


def _models(items: list[object]) -> Iterator[Listed]:
    for item in items[:MOST_MODELS]:
        if not isinstance(item, Mapping):
            continue
        name = next((item[key] for key in NAMES if isinstance(item.get(key), str) and item[key]), "")
        if name and name.isprintable() and len(name) <= LONGEST_NAME:
            yield Listed(name, _window(item), "embeddings" if "embed" in name.lower() else "chat")


def _window(item: Mapping[str, object]) -> int | None:
    for key in WINDOWS:
        value = item.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31:
            return value
    return None
