"""Requests in the canonical form, and which of them a wire refuses."""

from collections.abc import Mapping
from dataclasses import replace

from llmproxy.wires.canonical.content import (
    Grammar,
    Media,
    Message,
    Part,
    Refusal,
    Role,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice

PNG, PDF = "iVBORw0KGgo=", "JVBERi0xLjc="
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
WEATHER = Tool("weather", "Tells it", {"type": "object", "properties": {"city": {"type": "string"}}})
PATCH = Tool("apply_patch", "Edits files", free_text=True)
SQL = Tool("run_sql", free_text=True, grammar=Grammar('start: "SELECT"', "lark"))
TIME = Tool("time", "", {"type": "object", "properties": {}})


def user(*parts: Part) -> Message:
    return Message(Role.USER, parts)


def assistant(*parts: Part) -> Message:
    return Message(Role.ASSISTANT, parts)


HI = Request((user(Text("hi")),), max_tokens=100)
CALLED = Request(
    (
        user(Text("how is it?")),
        assistant(Text("I look"), ToolCall("call_1", "weather", '{"city":"Rome"}'), ToolCall("call_2", "time", "{}")),
        user(ToolResult("call_1", "weather", (Text("sunny"),)), ToolResult("call_2", "time", (Text("noon"),))),
        assistant(Text("nice")),
        user(Text("thanks")),
    ),
    tools=(WEATHER, TIME),
    max_tokens=100,
)


def thought(*thoughts: Thinking) -> Request:
    call = ToolCall("call_1", "weather", "{}")
    conversation = (user(Text("q")), assistant(*thoughts, call), user(ToolResult("call_1", "weather", (Text("x"),))))
    return replace(CALLED, messages=conversation)


REQUESTS: Mapping[str, Request] = {
    "a plain text": HI,
    "words of all scripts": replace(HI, messages=(user(Text('Grüße, 世界 👋 "q" \\ \n\t\x7f')),)),
    "a system prompt": replace(HI, system=(Text("be brief"),)),
    "a system prompt of two texts": replace(HI, system=(Text("be brief"), Text("be kind"))),
    "several texts": replace(HI, messages=(user(Text("a"), Text("b")),)),
    "a conversation": replace(HI, messages=(user(Text("a")), assistant(Text("b")), user(Text("c")))),
    "a refusal": replace(HI, messages=(user(Text("a")), assistant(Refusal("no")), user(Text("c")))),
    "kept beginnings": replace(HI, messages=(user(Text("a", cache="5m"), Text("b")),), system=(Text("s", cache="1h"),)),
    "an image": replace(HI, messages=(user(Text("see"), Media("image", "image/png", PNG)),)),
    "an image looked at closely": replace(HI, messages=(user(Media("image", "image/png", PNG, detail="high")),)),
    "an image at an address": replace(HI, messages=(user(Media("image", url="https://e.org/a.png")),)),
    "a document": replace(HI, messages=(user(Media("file", "application/pdf", PDF, name="a.pdf")),)),
    "a document at an address": replace(
        HI, messages=(user(Media("file", "application/pdf", url="https://e.org/a.pdf")),)
    ),
    "a document of plain text": replace(HI, messages=(user(Media("file", "text/plain", text="words", name="a.txt")),)),
    "a document to cite": replace(HI, messages=(user(Media("file", "application/pdf", PDF, cite=True)),)),
    "a sound": replace(HI, messages=(user(Media("audio", "audio/wav", "UklGRg==")),)),
    "a video": replace(HI, messages=(user(Media("video", "video/mp4", "AAAA")),)),
    "tools": replace(HI, tools=(WEATHER, TIME)),
    "a strict tool": replace(HI, tools=(replace(WEATHER, strict=True),)),
    "calls and results": CALLED,
    "a result that failed": replace(
        thought(), messages=(*thought().messages[:2], user(ToolResult("call_1", "weather", (Text("no"),), True)))
    ),
    "an image as a result": replace(
        thought(),
        messages=(
            *thought().messages[:2],
            user(ToolResult("call_1", "weather", (Text("see"), Media("image", "image/png", PNG)))),
        ),
    ),
    "a text behind results": replace(
        CALLED, messages=(*CALLED.messages[:2], user(*CALLED.messages[2].content, Text("and?")))
    ),
    "thoughts": thought(Thinking("hm")),
    "signed thoughts": thought(Thinking("hm", "QUJD")),
    "sealed thoughts": thought(Thinking(sealed="QUJD")),
    "sealed thoughts with an id": thought(Thinking(sealed="QUJD", id="rs_1")),
    "any tool": replace(HI, tools=(WEATHER,), tool_choice=ToolChoice(Choice.ANY)),
    "one tool": replace(HI, tools=(WEATHER, TIME), tool_choice=ToolChoice(Choice.ONE, "time")),
    "no tool": replace(HI, tools=(WEATHER,), tool_choice=ToolChoice(Choice.NONE)),
    "tools if it likes": replace(HI, tools=(WEATHER,), tool_choice=ToolChoice()),
    "a tool of free text": replace(HI, tools=(PATCH, WEATHER)),
    "a tool of free text with a grammar": replace(HI, tools=(SQL,), tool_choice=ToolChoice(Choice.ONE, "run_sql")),
    "a call with free text": replace(
        CALLED,
        messages=(
            user(Text("mend it")),
            assistant(
                ToolCall("call_1", "apply_patch", '+Grüße "\\', free_text=True), ToolCall("call_2", "time", "{}")
            ),
            user(ToolResult("call_1", content=(Text("done"),)), ToolResult("call_2", content=(Text("noon"),))),
        ),
        tools=(PATCH, TIME),
    ),
    "one call at a time": replace(HI, tools=(WEATHER,), parallel_tool_calls=False),
    "an answer of a schema": replace(HI, output=OutputFormat(SCHEMA, "answer", strict=True)),
    "any JSON object": replace(HI, output=OutputFormat()),
    "an effort": replace(HI, reasoning=Reasoning("high")),
    "no thoughts": replace(HI, reasoning=Reasoning(budget=0)),
    "a budget of thoughts": replace(HI, reasoning=Reasoning(budget=8192), max_tokens=9000),
    "as many thoughts as it likes": replace(HI, reasoning=Reasoning(budget=-1)),
    "temperature": replace(HI, temperature=0.5, top_p=0.9),
    "a hot temperature": replace(HI, temperature=1.5),
    "top_k": replace(HI, top_k=5),
    "sequences that stop it": replace(HI, stop=("END", "STOP")),
    "a seed": replace(HI, seed=7),
    "penalties": replace(HI, frequency_penalty=0.1, presence_penalty=0.2),
    "verbosity": replace(HI, verbosity="low"),
    "two candidates": replace(HI, candidates=2),
    "log probabilities": replace(HI, logprobs=2),
    "log probabilities of the tokens alone": replace(HI, logprobs=0),
    "an end user": replace(HI, end_user="u-1"),
    "streamed": replace(HI, stream=True),
}  # fmt: skip

# What has to be told as functions first (see free_text).
NO_FREE_TEXT = dict.fromkeys(
    ("a tool of free text", "a tool of free text with a grammar", "a call with free text"), "tools"
)
# What each wire refuses as a provider's, and the parameter that it names.
REFUSED: Mapping[str, Mapping[str, str]] = {
    "openai_chat": {
        "a document at an address": "file", "a document to cite": "cite", "a video": "video", "top_k": "top_k",
        "two candidates": "candidates",
    },
    "openai_responses": {
        "a document to cite": "cite", "a sound": "audio", "a video": "video", "top_k": "top_k",
        "sequences that stop it": "stop", "a seed": "seed", "penalties": "frequency_penalty",
        "two candidates": "candidates",
    },
    "anthropic_messages": {
        "a sound": "audio", "a video": "video", "any JSON object": "A JSON answer without a schema",
        "a hot temperature": "temperature", "a seed": "seed", "penalties": "frequency_penalty",
        "verbosity": "verbosity", "two candidates": "candidates", "log probabilities": "logprobs",
        "log probabilities of the tokens alone": "logprobs", **NO_FREE_TEXT,
    },
    "gemini": {
        "a document to cite": "cite", "one call at a time": "parallel_tool_calls", "verbosity": "verbosity",
        "two candidates": "candidates", **NO_FREE_TEXT,
    },
    "bedrock_converse": {
        "an image at an address": "image", "a document at an address": "file", "a video": "video",
        "one call at a time": "parallel_tool_calls", "any JSON object": "A JSON answer without a schema",
        "a hot temperature": "temperature", "top_k": "top_k", "a seed": "seed", "penalties": "frequency_penalty",
        "verbosity": "verbosity", "two candidates": "candidates", "log probabilities": "logprobs",
        "log probabilities of the tokens alone": "logprobs", **NO_FREE_TEXT,
    },
}  # fmt: skip
