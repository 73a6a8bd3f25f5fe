"""Every parser against damaged, hostile, cut and enormous input: a result or a typed refusal, never a hang."""

from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmproxy.wires import aws_event_stream
from llmproxy.wires.canonical.answer import Event, Facts
from llmproxy.wires.canonical.errors import BadAnswer, BadRequest, WireError
from llmproxy.wires.registry import CLIENTS, PROVIDERS
from tests.llmproxy.pairs import bedrock
from tests.llmproxy.pairs.scenario import SCENARIOS
from tests.llmproxy.wires.pairs.answered import ANSWERS, UNSHOWN, events
from tests.llmproxy.wires.pairs.asked import REFUSED, REQUESTS

FACTS = Facts("id_1", "m", 7)
HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, 1e308, "", "x" * 5000, "\ufffd\u0000",
    [], {}, [[]], [None], [{}], {"": ""}, {"type": 5}, {"type": {}}, "data:;base64,", "data:,", "null", "__proto__",
)  # fmt: skip
QUICK = settings(max_examples=60)
CHANCE = st.integers(0, 2**32).map(Random)  # cheap to draw from, and the same again for the same number
WHOLE = {
    wire: [orjson.loads(client.write(answer, FACTS)) for name, answer in ANSWERS.items() if name not in UNSHOWN[wire]]
    for wire, client in CLIENTS.items()
} | {"bedrock_converse": [orjson.loads(bedrock.answer(each.outcome)) for each in SCENARIOS.values()]}


def rendered(wire: str, name: str) -> list[bytes]:
    renderer = CLIENTS[wire].renderer(FACTS, {})
    return [told for event in events(ANSWERS[name]) if (told := renderer.feed(event))]


STREAMS = {wire: [rendered(wire, name) for name in ANSWERS if name not in UNSHOWN[wire]] for wire in CLIENTS} | {
    "bedrock_converse": [bedrock.stream(each.outcome) for each in SCENARIOS.values()]
}


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with every key of it."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from places(inner)


def damaged(value: Any, chance: Random) -> Any:
    """With one to three members replaced, left out, doubled or put in another's place."""
    value = orjson.loads(orjson.dumps(value))
    for _ in range(chance.randint(1, 3)):
        if not (found := list(places(value))):
            break
        holder, key = chance.choice(found)
        other, other_key = chance.choice(found)
        how = chance.randrange(4)
        if how == 0:
            holder[key] = chance.choice(HOSTILE)
        elif how == 1:
            del holder[key]
        elif how == 2:
            holder[key] = [holder[key], holder[key]]
        else:
            holder[key] = orjson.loads(orjson.dumps(other[other_key]))
    return value


def shown(told: list[Event]) -> None:
    """In every client's wire."""
    for client in CLIENTS.values():
        renderer = client.renderer(FACTS, {})
        with suppress(BadAnswer):
            for event in told:
                renderer.feed(event)
            renderer.close()


@QUICK
@given(CHANCE, st.sampled_from(sorted(CLIENTS)), st.sampled_from(sorted(REQUESTS)))
def test_damaged_requests(chance: Random, wire: str, name: str) -> None:
    if name in REFUSED[wire]:
        return
    body = damaged(PROVIDERS[wire].write(REQUESTS[name], "m"), chance)
    with suppress(BadRequest):
        request = CLIENTS[wire].read(body, False)
        for provider in PROVIDERS.values():
            with suppress(BadRequest):
                orjson.dumps(provider.write(request, "m"))


@QUICK
@given(CHANCE, st.sampled_from(sorted(PROVIDERS)))
def test_damaged_answers(chance: Random, wire: str) -> None:
    with suppress(WireError):
        answer = PROVIDERS[wire].read(damaged(chance.choice(WHOLE[wire]), chance))
        for client in CLIENTS.values():
            with suppress(WireError):
                client.write(answer, FACTS)


def mangled(pieces: list[bytes], chance: Random) -> bytes:
    """Events damaged within, reordered, doubled, cut off, or with noise between."""
    pieces, how = list(pieces), chance.randrange(6)
    if how == 0:
        chance.shuffle(pieces)
    elif how == 1:
        pieces.insert(chance.randrange(len(pieces) + 1), chance.choice(pieces))
    elif how == 2:
        pieces.insert(chance.randrange(len(pieces) + 1), chance.randbytes(chance.randint(1, 40)))
    raw = bytearray(b"".join(pieces))
    if how == 3:
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    elif how == 4:
        del raw[chance.randrange(len(raw)) :]
    elif how == 5:
        raw = bytearray(b"".join(_damaged_event(piece, chance) for piece in pieces))
    return bytes(raw)


def _damaged_event(piece: bytes, chance: Random) -> bytes:
    head, mark, data = piece.partition(b"data: ")
    if not mark:
        return _damaged_message(piece, chance)
    try:
        told = orjson.loads(data)
    except orjson.JSONDecodeError:
        return piece
    return head + mark + orjson.dumps(damaged(told, chance) if chance.random() < 0.3 else told) + b"\n\n"


def _damaged_message(piece: bytes, chance: Random) -> bytes:
    (message,) = aws_event_stream.EventStreamReader().feed(piece)
    return aws_event_stream.event(message.name, orjson.dumps(damaged(orjson.loads(message.payload), chance)))


@QUICK
@given(CHANCE, st.sampled_from(sorted(PROVIDERS)), st.sampled_from([1, 1, 11, 1 << 20]))
def test_damaged_streams(chance: Random, wire: str, size: int) -> None:
    raw, parser = mangled(chance.choice(STREAMS[wire]), chance), PROVIDERS[wire].parser()
    told: list[Event] = []
    with suppress(WireError):
        for start in range(0, len(raw), size):
            told += parser.feed(raw[start : start + size])
        told += parser.close()
    shown(told)


@pytest.mark.parametrize("wire", PROVIDERS)
def test_a_stream_that_is_cut_anywhere_is_never_taken_for_a_whole_one(wire: str) -> None:
    pieces = STREAMS[wire][0]
    for count in range(len(pieces) - 2):
        for cut in (0, len(pieces[count]) // 2):
            parser = PROVIDERS[wire].parser()
            with suppress(WireError):
                parser.feed(b"".join(pieces[:count]) + pieces[count][:cut])
                parser.close()
            assert not parser.complete


@pytest.mark.parametrize("wire", PROVIDERS)
def test_an_event_without_end_is_refused_before_it_fills_the_memory(wire: str) -> None:
    parser = PROVIDERS[wire].parser()
    endless = b"\x00\xff\xff\xff" if wire == "bedrock_converse" else b"data: "
    with pytest.raises(BadAnswer):
        parser.feed(endless)
        for _ in range(200):
            parser.feed(b"x" * 65_536)


@pytest.mark.parametrize("wire", CLIENTS)
def test_a_long_event_costs_what_it_is_long(wire: str) -> None:
    """Four megabytes in four thousand pieces: looked at once each, this takes no time; looked at anew each, minutes."""
    parser = PROVIDERS[wire].parser()
    (first, *_) = STREAMS[wire][0]
    head, mark, data = first.partition(b"data: ")
    raw = head + mark + b" " * (4 << 20) + data
    told = [event for start in range(0, len(raw), 1024) for event in parser.feed(raw[start : start + 1024])]
    assert told


@pytest.mark.parametrize("wire", CLIENTS)
@pytest.mark.parametrize("member", ["messages", "input", "contents", "system", "tools", "systemInstruction"])
def test_enormous_and_deep_requests(wire: str, member: str) -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    for value in ([{}] * 200_000, [deep], {"a": deep}, "x" * (2 << 20)):
        with pytest.raises(BadRequest):
            CLIENTS[wire].read({"model": "m", "max_tokens": 1, "messages": value, member: value}, False)
