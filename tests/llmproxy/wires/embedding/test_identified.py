"""Ids of embeddings that are passed through."""

import json

import pytest

from llmproxy.wires.embedding.identified import identified


def test_an_answer_without_one_gets_one_and_nothing_else_changes() -> None:
    answer = b' {\n "object": "list", "data": [{"embedding": [0.1]}], "model": "e"}\n'
    told = identified(answer, "embd-1")
    assert json.loads(told) == {"id": "embd-1", **json.loads(answer)}
    assert told.replace(b'"id":"embd-1",', b"") == answer


@pytest.mark.parametrize(
    "answer",
    [
        b'{"id": "x", "data": [{"embedding": []}]}', b"{}", b"[]", b"", b"not json", b'{"ok": true}', b'["embedding"]',
        b'{"data": [{"embedding": [%b]}], "id" : "x"}' % b",".join([b"0.125"] * 999),
    ],
)  # fmt: skip
def test_others_stay_as_they_are(answer: bytes) -> None:
    assert identified(answer, "embd-1") == answer
