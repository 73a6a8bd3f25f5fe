"""Counting tokens with no network at all: the sockets are blocked."""

import hashlib
import socket
from pathlib import Path
from typing import NoReturn

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from llmproxy.counting import count_messages, count_text, encodings, text_of, tokenizer_for
from llmproxy.counting.encodings import CL100K, FILES, O200K, RanksDamaged

LONG_RUN = 300_000


@pytest.fixture(autouse=True, scope="module")
def nothing_loaded() -> None:
    encodings.encoding.cache_clear()
    tiktoken.registry.ENCODINGS.clear()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_those_that_tiktoken_expects(name: str) -> None:
    file, digest = FILES[name]
    url = f"https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
    assert hashlib.sha1(url.encode()).hexdigest() == file
    assert hashlib.sha256((encodings.DIRECTORY / file).read_bytes()).hexdigest() == digest
    assert file in (encodings.DIRECTORY / "NOTICE").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("model", "text", "tokens"),
    [
        ("gpt-4", "hello world", 2), ("gpt-4o", "hello world", 2), ("text-embedding-3-small", "tiktoken is great!", 6),
        ("gpt-4o", "", 0), ("gpt-4o", "<|endoftext|>", 7),
    ],
)  # fmt: skip
def test_texts_are_counted_as_the_model_counts_them(model: str, text: str, tokens: int) -> None:
    found = count_text(model, text)
    assert (found.tokens, found.label) == (tokens, "counted")


@pytest.mark.parametrize(
    ("model", "encoding", "exact"),
    [
        ("gpt-4o-2024-11-20", O200K, True), ("gpt-4", CL100K, True), ("gpt-4-turbo", CL100K, True),
        ("gpt-3.5-turbo", CL100K, True), ("gpt-4.1-mini", O200K, True), ("gpt-5", O200K, True),
        ("gpt-6-preview", O200K, True), ("o3", O200K, True), ("o4-mini", O200K, True), ("openai/gpt-4o", O200K, True),
        ("openai.gpt-oss-20b-1:0", O200K, True), ("text-embedding-ada-002", CL100K, True),
        ("claude-sonnet-4-5", O200K, False), ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", O200K, False),
        ("google/gemini-2.5-pro", O200K, False), ("mistral-large-latest", O200K, False),
        ("house-model-1", O200K, False), ("", O200K, False),
    ],
)  # fmt: skip
def test_the_encoding_follows_from_the_name(model: str, encoding: str, exact: bool) -> None:
    found = tokenizer_for(model)
    assert (found.encoding, found.exact) == (encoding, exact)


def test_where_the_encoding_is_not_public_the_figure_is_an_estimate_and_says_so() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 20
    counted, estimated = count_text("gpt-4o", text), count_text("claude-sonnet-4-5", text)
    assert estimated.label == "estimated"
    assert counted.tokens < estimated.tokens <= counted.tokens * 1.3 + 1


def test_a_chat_is_counted_as_openai_documents_it() -> None:
    messages = [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "hello world"},
    ]
    found = count_messages("gpt-4o", messages)
    assert (found.tokens, found.label) == (3 + 1 + 6 + 3 + 1 + 2 + 3, "counted")


def test_images_and_tools_make_it_an_estimate() -> None:
    image = [{"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {}}]}]
    found = count_messages("gpt-4o", image)
    assert found.tokens >= 765
    assert not found.exact
    assert not count_messages("gpt-4o", [{"role": "user", "content": "hi"}], [{"type": "function"}]).exact


@pytest.mark.parametrize("messages", [[], [None], [1, "a"], [{}], [{"content": None}], [{"content": [1, None, {}]}],
                                      [{"content": {"a": [1]}}], [{"role": 5, "content": "\ud800"}]])  # fmt: skip
def test_odd_messages_are_counted_not_refused(messages: list[object]) -> None:
    assert count_messages("gpt-4o", messages).tokens >= 3


def test_token_ids_become_text_again() -> None:
    ids = encodings.encoding(CL100K).encode_ordinary("my secret is 42")
    assert text_of("text-embedding-3-small", ids) == "my secret is 42"


@pytest.mark.parametrize("ids", [[-1], [10**9], [100261], [True], ["15339"], [1.5], [None]])
def test_ids_that_the_model_does_not_have_are_refused(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="does not have"):
        text_of("text-embedding-3-small", ids)


def test_ids_of_a_secret_encoding_are_refused() -> None:
    with pytest.raises(ValueError, match="not public"):
        text_of("mistral-embed", [1])


@pytest.mark.parametrize("text", ["a" * LONG_RUN, " " * LONG_RUN, "\n" * LONG_RUN, "^" * LONG_RUN])
def test_long_runs_are_counted_in_pieces_and_called_an_estimate(text: str) -> None:
    found = count_text("gpt-4o", text)
    assert 0 < found.tokens <= LONG_RUN
    assert found.label == "estimated"


def test_a_damaged_file_is_refused_and_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encodings.encoding.cache_clear()
    monkeypatch.setattr(encodings, "DIRECTORY", tmp_path)
    with pytest.raises(RanksDamaged, match="missing"):
        count_text("gpt-4o", "x")
    (tmp_path / FILES[O200K][0]).write_bytes(b"aGk= 0\n")
    with pytest.raises(RanksDamaged, match="damaged"):
        count_text("gpt-4o", "x")


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_counted_and_comes_back(text: str) -> None:
    count_text("gpt-4o", text)
    clean = text.encode("utf-8", "replace").decode("utf-8")
    assert text_of("gpt-4o", encodings.encoding(O200K).encode_ordinary(clean)) == clean
