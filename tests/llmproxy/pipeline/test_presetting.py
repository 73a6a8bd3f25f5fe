"""Presets in requests, in the words of each wire; and over the gateway."""

from typing import Any

import orjson
import pytest

from llmproxy.catalog import Preset
from llmproxy.models import ModelPreset, Route
from llmproxy.pipeline.presetting import applied
from tests.llmproxy.pipeline.two_providers import TwoProviders

PROMPT = "Be brief."
TURNS = [{"role": "user", "content": "hi"}]
CHAT = {"model": "brief", "messages": TURNS}


def put(wire: str, body: dict[str, Any], *, locked: bool = False, generates: bool = True, **parameters: Any) -> Any:
    raw, parsed = applied(Preset("brief", parameters, locked, PROMPT), wire, body, generates=generates)
    assert orjson.loads(raw) == parsed
    return parsed


@pytest.mark.parametrize(
    ("wire", "body", "name", "expected"),
    [
        ("openai_chat", CHAT, "messages", [{"role": "system", "content": PROMPT}, *TURNS]),
        ("openai_responses", {"input": "hi"}, "instructions", PROMPT),
        ("openai_responses", {"input": "hi", "instructions": "Rhyme."}, "instructions", "Be brief.\n\nRhyme."),
        ("anthropic_messages", {"messages": TURNS}, "system", PROMPT),
        ("anthropic_messages", {"system": "Rhyme.", "messages": TURNS}, "system", "Be brief.\n\nRhyme."),
        ("anthropic_messages", {"system": [{"type": "text", "text": "Rhyme."}]}, "system",
         [{"type": "text", "text": PROMPT}, {"type": "text", "text": "Rhyme."}]),
        ("gemini", {"contents": []}, "systemInstruction", {"parts": [{"text": PROMPT}]}),
        ("gemini", {"system_instruction": {"parts": [{"text": "Rhyme."}]}}, "system_instruction",
         {"parts": [{"text": PROMPT}, {"text": "Rhyme."}]}),
    ],
)  # fmt: skip
def test_the_prompt_goes_before_the_calls_own(wire: str, body: dict[str, Any], name: str, expected: Any) -> None:
    assert put(wire, body)[name] == expected


@pytest.mark.parametrize(
    ("wire", "name"),
    [("openai_chat", "max_tokens"), ("openai_responses", "max_output_tokens"), ("anthropic_messages", "max_tokens")],
)
def test_parameters_are_named_as_the_wire_names_them(wire: str, name: str) -> None:
    assert put(wire, {}, max_tokens=9)[name] == 9


def test_geminis_stand_in_its_configuration() -> None:
    made = put("gemini", {"generationConfig": {"topK": 3}}, max_tokens=9, temperature=0.5)
    assert made["generationConfig"] == {"topK": 3, "maxOutputTokens": 9, "temperature": 0.5}


def test_what_the_call_sets_goes_first_unless_the_preset_is_locked() -> None:
    body = {**CHAT, "temperature": 1, "max_completion_tokens": 100}
    free = put("openai_chat", body, temperature=0, max_tokens=9)
    assert (free["temperature"], free["max_completion_tokens"], "max_tokens" in free) == (1, 100, False)
    fixed = put("openai_chat", body, locked=True, temperature=0, max_tokens=9)
    assert (fixed["temperature"], fixed["max_tokens"], "max_completion_tokens" in fixed) == (0, 9, False)


def test_where_tokens_are_counted_only_the_prompt_goes_in() -> None:
    assert put("anthropic_messages", {"messages": TURNS}, generates=False, max_tokens=9) == {
        "messages": TURNS,
        "system": PROMPT,
    }


async def test_a_preset_is_called_by_its_name(two: TwoProviders) -> None:
    def make() -> None:
        ModelPreset.objects.create(
            organisation=two.world.organisation,
            public_name="brief",
            route=Route.objects.get(public_name="public"),
            parameters={"temperature": 0},
            system_prompt=PROMPT,
        )

    await two.do(make)
    answer = await two.ask({"model": "brief"})
    assert answer.status == 200
    assert two.one.received[0].json() == {
        "temperature": 0,
        "model": "model",
        "messages": [{"role": "system", "content": PROMPT}, *TURNS],
    }
    assert (await two.terminal())[0]["model_requested"] == "brief"
    listed = await two.client.bearing(two.world.key).get("/v1/models")
    assert "brief" in [model["id"] for model in listed.json()["data"]]
    stranger = await two.client.bearing(two.world.strangers_key).post("/v1/chat/completions", {**CHAT})
    assert stranger.status == 404
