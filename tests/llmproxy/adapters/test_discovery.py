"""Lists of models in every shape that providers use, and in none."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.adapters.discovery import NotAList, listed_models
from llmproxy.adapters.registry import adapter


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ('{"object":"list","data":[{"id":"b"},{"id":"a"},{"id":"a"}]}', ["a", "b"]),
        ('{"models":[{"name":"models/gemini-2.5-pro","inputTokenLimit":1048576}]}', ["models/gemini-2.5-pro"]),
        ('{"modelSummaries":[{"modelId":"amazon.nova-pro-v1:0","modelName":"Nova Pro"}]}', ["amazon.nova-pro-v1:0"]),
        ('{"publisherModels":[{"name":"publishers/google/models/gemini"}]}', ["publishers/google/models/gemini"]),
        ('[{"id":"meta-llama/Llama-3"}]', ["meta-llama/Llama-3"]),
        ('{"data":[]}', []),
        ('{"data":[1,null,{"id":""},{"id":7},{"id":"a\\u0000b"},{"x":"y"}]}', []),
    ],
)
def test_the_names(body: str, names: list[str]) -> None:
    assert [model.name for model in listed_models(body)] == names


@pytest.mark.parametrize("body", ["", "<html>", "null", "7", "{}", '{"data":{}}', '{"error":{"message":"no"}}'])
def test_what_is_no_list_is_said_so(body: str) -> None:
    with pytest.raises(NotAList):
        listed_models(body)


def test_the_context_window_is_taken_where_it_makes_sense() -> None:
    body = '{"data":[{"id":"a","context_length":8192},{"id":"b","context_length":-1},{"id":"c","max_model_len":true}]}'
    assert [model.context_window for model in listed_models(body)] == [8192, None, None]


def test_embeddings_are_recognised_by_their_name() -> None:
    kinds = {model.name: model.kind for model in listed_models('[{"id":"text-embedding-3-small"},{"id":"gpt-5"}]')}
    assert kinds == {"text-embedding-3-small": "embeddings", "gpt-5": "chat"}


@given(st.text())
def test_no_text_at_all_makes_it_crash(body: str) -> None:
    with suppress(NotAList):
        listed_models(body)


def test_names_are_those_that_calls_use() -> None:
    assert adapter("standard", "https://x", {}).model_name("models/gemini-2.5-pro", "gemini") == "gemini-2.5-pro"
    vertex = adapter("vertex", "https://x", {"project": "p", "region": "r"})
    assert vertex.model_name("publishers/google/models/gemini", "gemini") == "gemini"
    assert vertex.model_name("publishers/google/models/gemini", "openai_chat") == "google/gemini"
