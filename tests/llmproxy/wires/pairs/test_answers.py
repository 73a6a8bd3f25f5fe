"""Answers: written in one wire, read, written in another, read again; and the same streamed."""

import orjson
import pytest

from llmproxy.wires.canonical.answer import Answer, Facts
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.registry import CLIENTS, PROVIDERS
from tests.llmproxy.wires.pairs.answered import ANSWERS, UNSHOWN, events, kept, normal, put_together

ASKED = {"stream_options": {"include_usage": True}}
FACTS = Facts("id_1", "m", 7, ASKED)
PAIRS = [pytest.param(first, last, id=f"{first}-{last}") for first in CLIENTS for last in CLIENTS]


def whole(answer: Answer, wire: str) -> Answer:
    return PROVIDERS[wire].read(orjson.loads(CLIENTS[wire].write(answer, FACTS)))


def streamed(answer: Answer, wire: str, size: int = 1 << 20) -> Answer:
    """In pieces of `size` bytes."""
    renderer, parser = CLIENTS[wire].renderer(FACTS, ASKED), PROVIDERS[wire].parser()
    raw = b"".join([*(renderer.feed(event) for event in events(answer)), renderer.close()])
    told = [event for start in range(0, len(raw), size) for event in parser.feed(raw[start : start + size])]
    told += parser.close()
    assert parser.complete
    answer = put_together(told)
    assert parser.usage == answer.usage
    return answer


@pytest.mark.parametrize("say", [whole, streamed])
@pytest.mark.parametrize("wire", CLIENTS)
@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_answered_is_read_again(name: str, wire: str, say: object) -> None:
    answer = ANSWERS[name]
    if name in UNSHOWN[wire]:
        with pytest.raises(BadAnswer):
            say(answer, wire)  # type: ignore[operator]
    else:
        assert normal(say(answer, wire)) == normal(kept(answer, wire))  # type: ignore[operator]


@pytest.mark.parametrize("wire", CLIENTS)
@pytest.mark.parametrize("size", [1, 7])
def test_streams_may_come_in_pieces_of_any_size(wire: str, size: int) -> None:
    for name, answer in ANSWERS.items():
        if name not in UNSHOWN[wire]:
            assert streamed(answer, wire, size) == streamed(answer, wire), name


@pytest.mark.parametrize("say", [whole, streamed])
@pytest.mark.parametrize(("first", "last"), PAIRS)
def test_what_one_wire_answers_another_answers_too(first: str, last: str, say: object) -> None:
    for name, answer in ANSWERS.items():
        if name in UNSHOWN[first] | UNSHOWN[last]:
            continue
        again = say(say(answer, first), last)  # type: ignore[operator]
        assert normal(again) == normal(kept(kept(answer, first), last)), name
