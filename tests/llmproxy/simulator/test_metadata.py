from typing import Any

import pytest

from tests.llmproxy.simulator.asking import chat


async def test_each_option_may_have_a_key_of_its_own() -> None:
    answer = await chat(metadata={"simulate_error": "429", "simulate_retry_after": 3, "other": "x"})
    assert (answer.status, answer.headers[b"retry-after"]) == (429, b"3")


async def test_metadata_wins_over_the_name() -> None:
    assert (await chat("simulator-chat+error=500", metadata={"simulate_error": "503"})).status == 503


@pytest.mark.parametrize("value", [True, "true", ""])
async def test_a_switch_is_turned_on(value: object) -> None:
    answer = await chat(metadata={"simulate_malformed": value})
    with pytest.raises(ValueError):
        answer.json()


@pytest.mark.parametrize(
    "metadata",
    [{"simulate_bogus": "1"}, {"simulate_error": "abc"}, {"simulate_latency": None}, {"simulate_error": "500+hang"}],
)
async def test_nonsense_in_metadata_is_named(metadata: dict[str, Any]) -> None:
    answer = await chat(metadata=metadata)
    assert answer.status == 400
    assert next(iter(metadata)).removeprefix("simulate_") in answer.json()["error"]["message"]


async def test_limits_and_faults_do_not_change_what_is_said() -> None:
    whole = (await chat()).text()
    assert whole.startswith((await chat(max_tokens=20)).text())
    assert (await chat(metadata={"simulate_latency": "1ms"})).text() == whole


async def test_a_schema_nested_without_end_is_refused() -> None:
    nested: Any = {}
    for _ in range(240):
        nested = {"items": nested}
    tool = {"type": "function", "function": {"name": "dig", "parameters": {"properties": {"x": nested}}}}
    assert (await chat(tools=[tool], tool_choice="required")).status in (200, 400)


async def test_a_number_beyond_json_is_refused() -> None:
    huge = {"properties": {"x": {"type": "integer", "minimum": 1e300}}, "required": ["x"]}
    tool = {"type": "function", "function": {"name": "dig", "parameters": huge}}
    assert (await chat(tools=[tool], tool_choice="required")).status == 400
