from typing import Any

import orjson
from jsonschema import Draft202012Validator

from tests.llmproxy.simulator.asking import chat

PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"enum": ["c", "f"]}, "at": {"$ref": "#/$defs/time"}},
    "required": ["city", "at"],
    "$defs": {"time": {"type": "object", "properties": {"hour": {"type": "integer", "minimum": 0, "maximum": 23}}}},
}


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": PARAMETERS}}


TOOLS = [tool("get_weather"), tool("get_news")]
ASKED = [{"role": "user", "content": "Please get_weather for Bern"}]


async def test_it_calls_the_tool_that_is_mentioned() -> None:
    choice = (await chat(messages=ASKED, tools=TOOLS)).json()["choices"][0]
    (call,) = choice["message"]["tool_calls"]
    assert (choice["finish_reason"], call["function"]["name"]) == ("tool_calls", "get_weather")
    Draft202012Validator(PARAMETERS).validate(orjson.loads(call["function"]["arguments"]))


async def test_it_calls_nothing_unasked() -> None:
    assert "tool_calls" not in (await chat(tools=TOOLS)).json()["choices"][0]["message"]
    answer = await chat(messages=ASKED, tools=TOOLS, tool_choice="none")
    assert "tool_calls" not in answer.json()["choices"][0]["message"]


async def test_it_calls_what_is_required_or_forced() -> None:
    answer = await chat(tools=TOOLS, tool_choice="required")
    assert answer.json()["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "get_weather"
    forced = {"type": "function", "function": {"name": "get_news"}}
    answer = await chat(tools=TOOLS, tool_choice=forced)
    assert answer.json()["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "get_news"


async def test_it_calls_several_at_once_unless_told_not_to() -> None:
    asked = [{"role": "user", "content": "get_weather and get_news"}]
    both = (await chat(messages=asked, tools=TOOLS)).json()["choices"][0]["message"]["tool_calls"]
    assert len({call["id"] for call in both}) == 2
    one = await chat(messages=asked, tools=TOOLS, parallel_tool_calls=False)
    assert len(one.json()["choices"][0]["message"]["tool_calls"]) == 1


async def test_the_streamed_arguments_are_those_of_the_whole_answer() -> None:
    whole = (await chat(messages=ASKED, tools=TOOLS)).json()["choices"][0]["message"]["tool_calls"][0]
    streamed = (await chat(messages=ASKED, tools=TOOLS, stream=True)).events()
    deltas = [call for chunk in streamed for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
    assert deltas[0]["id"] == whole["id"] and len(deltas) > 2
    assert "".join(each["function"]["arguments"] for each in deltas) == whole["function"]["arguments"]


async def test_it_quotes_what_the_tool_answered() -> None:
    call = (await chat(messages=ASKED, tools=TOOLS)).json()["choices"][0]["message"]
    result = {"role": "tool", "tool_call_id": call["tool_calls"][0]["id"], "content": "17 degrees"}
    assert "17 degrees" in (await chat(messages=[*ASKED, call, result], tools=TOOLS)).text()
