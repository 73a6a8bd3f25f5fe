"""Requests for vectors and answers, read and written on both sides."""

import base64
import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.canonical.answer import Facts
from llmproxy.wires.canonical.errors import BadAnswer, BadRequest, UnsupportedParameter, WireError
from llmproxy.wires.embedding import cohere, gemini, openai
from llmproxy.wires.embedding.vectors import Texts, Vectors
from llmproxy.wires.usage import Usage

FACTS = Facts("embd-1", "public", 1)
ANSWER = Vectors(([0.5, -0.25], [1.0, 2.0]), Usage(7))


def decode(ids: Any) -> str:
    if 9 in ids:
        raise ValueError("The input holds token ids that the model does not have.")
    return "-".join(map(str, ids))


read = openai.reader(decode)


@pytest.mark.parametrize(
    ("given_input", "texts"),
    [
        ("a", ("a",)), (["a", "b"], ("a", "b")), ([1, 2], ("1-2",)), ([[1], [2, 3]], ("1", "2-3")),
    ],
)  # fmt: skip
def test_every_form_of_input_becomes_texts(given_input: Any, texts: tuple[str, ...]) -> None:
    body = {"model": "m", "input": given_input, "dimensions": 3, "user": "u", "encoding_format": "base64"}
    assert read(body) == Texts(texts, 3, ("user",))


@pytest.mark.parametrize("wrong", [None, [], 5, [1, "a"], [[]], ["a"] * 2049, {"a": 1}])
def test_other_inputs_are_refused(wrong: Any) -> None:
    with pytest.raises(BadRequest):
        read({"model": "m", "input": wrong})


def test_what_cannot_be_said_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedParameter, match="^input "):
        read({"model": "m", "input": [9]})
    with pytest.raises(UnsupportedParameter, match="^truncate "):
        read({"model": "m", "input": "a", "truncate": True})
    with pytest.raises(UnsupportedParameter, match="^taskType "):
        gemini.read_one({"content": {"parts": [{"text": "a"}]}, "task_type": "CLUSTERING"})
    one = {"content": {"parts": [{"text": "a"}]}}
    with pytest.raises(UnsupportedParameter, match="outputDimensionality"):
        gemini.read_batch({"requests": [one, {**one, "outputDimensionality": 3}]})


def test_floats_and_base64_for_openais_clients() -> None:
    told = openai.write_answer(ANSWER, FACTS, {"encoding_format": "float"})
    assert told["data"][1] == {"object": "embedding", "index": 1, "embedding": [1.0, 2.0]}
    assert told["usage"] == {"prompt_tokens": 7, "total_tokens": 7}
    assert told["id"] and told["model"] == "public"
    packed = openai.write_answer(ANSWER, FACTS, {"encoding_format": "base64"})["data"][0]["embedding"]
    assert struct.unpack("<2f", base64.b64decode(packed)) == (0.5, -0.25)


def test_what_is_written_for_a_provider_is_read_from_a_client_again() -> None:
    texts = Texts(("a", "b"), 3)
    assert read(openai.write_request(texts, "m")) == texts
    assert gemini.read_batch(gemini.write_request(texts, "m")) == texts
    assert gemini.write_request(Texts(("a",)), "m")["requests"] == [
        {"model": "models/m", "content": {"parts": [{"text": "a"}]}}
    ]


def test_answers_are_read_in_the_order_of_their_texts() -> None:
    data = [{"index": 1, "embedding": [1.0, 2.0]}, {"index": 0, "embedding": [0.5, -0.25]}]
    assert openai.read_answer({"data": data, "usage": {"prompt_tokens": 7}}) == ANSWER
    told = gemini.BATCH.write(ANSWER, FACTS, {})
    assert gemini.read_answer({**told, "usageMetadata": {"promptTokenCount": 7}}) == ANSWER
    assert gemini.ONE.write(ANSWER, FACTS, {}) == {"embedding": {"values": [0.5, -0.25]}}


@pytest.mark.parametrize("wrong", [{}, {"data": [1], "embeddings": [1]}, {"data": [{}], "embeddings": [{}]}])
def test_anything_else_is_no_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        openai.read_answer(wrong)
    with pytest.raises(BadAnswer):
        gemini.read_answer(wrong)


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["content", "parts", "text", "embedding", "index", "values"]), inner)
    ),
    max_leaves=10,
)


@given(HOSTILE, HOSTILE)
def test_hostile_bodies_raise_nothing_else(one: Any, other: Any) -> None:
    body = {"input": one, "content": one, "requests": one, "data": one, "embeddings": one, "encoding_format": other}
    for reader in (read, gemini.read_one, gemini.read_batch, openai.read_answer, gemini.read_answer):
        with suppress(WireError):
            reader(body)


def test_cohere_has_to_be_told_what_for_and_takes_only_so_many_texts() -> None:
    assert cohere.write_request(Texts(("a",)), "m") == {
        "texts": ["a"], "input_type": "search_document", "embedding_types": ["float"],
    }  # fmt: skip
    with pytest.raises(UnsupportedParameter, match="96"):
        cohere.write_request(Texts(("a",) * 97), "m")


@pytest.mark.parametrize("told", [[[0.5, 1]], {"float": [[0.5, 1]]}])
def test_cohere_gives_vectors_with_their_type_or_without(told: Any) -> None:
    assert cohere.read_answer({"embeddings": told}) == Vectors(([0.5, 1],))


@pytest.mark.parametrize("told", [None, "x", {"int8": [[1]]}, [1], {"float": [["x"]]}])
def test_anything_else_is_no_answer_of_coheres(told: Any) -> None:
    with pytest.raises(BadAnswer):
        cohere.read_answer({"embeddings": told})
