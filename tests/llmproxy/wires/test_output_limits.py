"""How much a body asks for, on each wire; a maximum is set without touching the client's other bytes."""

import orjson
import pytest

from llmproxy.wires.output_limits import Asked, BadAmount, asked, capped


@pytest.mark.parametrize(
    ("wire", "body", "found"),
    [
        ("openai_chat", {}, Asked(None, 1)),
        ("openai_chat", {"max_tokens": 5, "max_completion_tokens": 3, "n": 2, "best_of": 4}, Asked(3, 4)),
        ("openai_chat", {"max_tokens": None, "n": None}, Asked(None, 1)),
        ("openai_responses", {"max_output_tokens": 9}, Asked(9, 1)),
        ("anthropic_messages", {"max_tokens": 9}, Asked(9, 1)),
        ("gemini", {"generationConfig": {"maxOutputTokens": 9, "candidateCount": 2}}, Asked(9, 2)),
        ("gemini", {"generationConfig": None}, Asked(None, 1)),
    ],
)
def test_what_a_body_asks_for(wire: str, body: dict[str, object], found: Asked) -> None:
    assert asked(wire, body) == found


@pytest.mark.parametrize("value", [-1, 0, 1.5, "10", True, 10**12, [1], {}])
@pytest.mark.parametrize(
    ("wire", "member"),
    [("openai_chat", "max_tokens"), ("openai_responses", "max_output_tokens"), ("anthropic_messages", "max_tokens")],
)
def test_amounts_that_are_none(wire: str, member: str, value: object) -> None:
    with pytest.raises(BadAmount) as refused:
        asked(wire, {member: value})
    assert refused.value.param == member


def test_geminis_amounts_are_named_with_their_place() -> None:
    with pytest.raises(BadAmount) as refused:
        asked("gemini", {"generationConfig": {"maxOutputTokens": -2}})
    assert refused.value.param == "generationConfig.maxOutputTokens"
    with pytest.raises(BadAmount):
        asked("gemini", {"generationConfig": [1]})


def test_a_maximum_is_put_before_the_clients_own_bytes() -> None:
    raw = b'{ "model": "m",  "messages": [] }'
    changed, body = capped("openai_chat", raw, orjson.loads(raw), 7)
    assert changed == b'{"max_completion_tokens":7, "model": "m",  "messages": [] }'
    assert body["max_completion_tokens"] == 7


def test_a_maximum_of_null_is_replaced_and_no_member_stands_there_twice() -> None:
    raw = b'{"model":"m","max_tokens":null,"max_completion_tokens":null}'
    changed, _ = capped("openai_chat", raw, orjson.loads(raw), 7)
    assert orjson.loads(changed) == {"max_completion_tokens": 7, "model": "m"}


def test_geminis_maximum_goes_into_its_configuration() -> None:
    raw = b'{"generationConfig":{"topK":1},"contents":[]}'
    changed, _ = capped("gemini", raw, orjson.loads(raw), 7)
    assert orjson.loads(changed)["generationConfig"] == {"topK": 1, "maxOutputTokens": 7}
