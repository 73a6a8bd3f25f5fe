"""Checks requests of chat completions and of Responses as strictly as OpenAI does.

Members and enums: https://platform.openai.com/docs/api-reference/chat/create and .../responses/create
"""

import re
from collections.abc import Iterator
from typing import Any

from tests.json_shapes import BOOLEAN, INTEGER, NUMBER, OBJECT, STRING, Check, kind, listed, one_of, shaped

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
DATA_URL = re.compile(r"data:[a-z0-9.+-]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]*={0,2}")
EFFORT = one_of("none", "minimal", "low", "medium", "high", "xhigh", "max")
VERBOSITY = one_of("low", "medium", "high")


def name(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        yield f"{at} is no name: {value!r}"


def short(most: int) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str) or len(value) > most:
            yield f"{at} is no string of at most {most} characters"

    return check


def never(value: Any, at: str) -> Iterator[str]:
    if value is not False:
        yield f"{at} is not false"


def url(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str) or not (value.startswith(("https://", "http://")) or DATA_URL.fullmatch(value)):
        yield f"{at} is no URL"


def data_url(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str) or not DATA_URL.fullmatch(value):
        yield f"{at} is no data URL"


def text_or(parts: Check) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        yield from () if isinstance(value, str) else parts(value, at)

    return check


def by(member: str, **kinds: Check) -> Check:
    """One of several shapes, told apart by a member."""

    def check(value: Any, at: str) -> Iterator[str]:
        found = value.get(member) if isinstance(value, dict) else None
        if found not in kinds:
            yield f"{at}.{member} is {found!r}"
        else:
            yield from kinds[found](value, at)

    return check


TEXT = shaped("type text", type=STRING, text=STRING)
PART = by(
    "type",
    text=TEXT,
    image_url=shaped(
        "type image_url", type=STRING, image_url=shaped("url", url=url, detail=one_of("auto", "low", "high"))
    ),
    input_audio=shaped(
        "type input_audio", type=STRING,
        input_audio=shaped("data format", data=STRING, format=one_of("wav", "mp3")),
    ),
    file=shaped("type file", type=STRING, file=shaped("file_data filename", file_data=data_url, filename=STRING)),
)  # fmt: skip
CALL = by(
    "type",
    function=shaped("id type function", id=short(40), type=STRING,
                    function=shaped("name arguments", name=name, arguments=STRING)),
    custom=shaped("id type custom", id=short(40), type=STRING, custom=shaped("name input", name=name, input=STRING)),
)  # fmt: skip
GRAMMAR = {"syntax": one_of("lark", "regex"), "definition": STRING}
MESSAGE = by(
    "role",
    system=shaped("role content", role=STRING, content=text_or(listed(TEXT))),
    user=shaped("role content", role=STRING, content=text_or(listed(PART))),
    # reasoning_content is not OpenAI's but its followers': only their own thoughts come back to them.
    assistant=shaped(
        "role", role=STRING, content=STRING, refusal=STRING, tool_calls=listed(CALL), reasoning_content=STRING
    ),
    tool=shaped("role tool_call_id content", role=STRING, tool_call_id=short(40), content=text_or(listed(TEXT))),
)
FUNCTION = shaped("name", name=name, description=STRING, parameters=OBJECT, strict=BOOLEAN)
SCHEMA = {"name": name, "schema": OBJECT, "description": STRING, "strict": BOOLEAN}
NAMED = shaped("name", name=name)
CHOICE = text_or(by(
    "type", function=shaped("type function", type=STRING, function=NAMED),
    custom=shaped("type custom", type=STRING, custom=NAMED),
))  # fmt: skip
TOOL = by(
    "type",
    function=shaped("type function", type=STRING, function=FUNCTION),
    custom=shaped("type custom", type=STRING, custom=shaped("name", name=name, description=STRING, format=by(
        "type", text=shaped("type", type=STRING),
        grammar=shaped("type grammar", type=STRING, grammar=shaped("syntax definition", **GRAMMAR))))),
)  # fmt: skip
CHAT = shaped(
    "model messages", model=STRING, messages=listed(MESSAGE), stream=BOOLEAN,
    stream_options=shaped(include_usage=BOOLEAN), tools=listed(TOOL), tool_choice=CHOICE,
    parallel_tool_calls=BOOLEAN, reasoning_effort=EFFORT, verbosity=VERBOSITY, logprobs=BOOLEAN, top_logprobs=INTEGER,
    max_completion_tokens=INTEGER, temperature=NUMBER, top_p=NUMBER, stop=listed(STRING), seed=INTEGER,
    frequency_penalty=NUMBER, presence_penalty=NUMBER, user=STRING,
    response_format=by("type", json_object=shaped("type", type=STRING), json_schema=shaped(
        "type json_schema", type=STRING, json_schema=shaped("name schema", **SCHEMA))),
)  # fmt: skip


def chat_faults(body: Any) -> list[str]:
    """What OpenAI would refuse of a chat completion, each with its place; empty where nothing is."""
    return [*CHAT(body, "request"), *_order(body)]


def _order(body: Any) -> Iterator[str]:
    """Every call is answered at once, every answer has its call."""
    waiting: set[str] = set()
    for message in body.get("messages", []):
        if message.get("role") == "tool":
            if message.get("tool_call_id") not in waiting:
                yield f"no call waits for {message.get('tool_call_id')}"
            waiting.discard(message.get("tool_call_id"))
        elif waiting:
            yield f"unanswered calls: {sorted(waiting)}"
            waiting.clear()
        waiting |= {call["id"] for call in message.get("tool_calls", [])}


INPUT_TEXT = shaped("type text", type=STRING, text=STRING)
INPUT = by(
    "type",
    input_text=INPUT_TEXT,
    input_image=shaped(
        "type image_url detail", type=STRING, image_url=url, detail=one_of("auto", "low", "high", "original")
    ),
    input_file=shaped("type", "file_url file_data", type=STRING, file_url=url, file_data=data_url, filename=STRING),
)
OUTPUT = by("type", output_text=INPUT_TEXT, refusal=shaped("type refusal", type=STRING, refusal=STRING))
INPUT_MESSAGES: dict[str, Check] = {
    role: shaped("role content", type=STRING, role=STRING, content=listed(parts))
    for role, parts in (("system", INPUT_TEXT), ("user", INPUT), ("assistant", OUTPUT))
}
ITEM = by(
    "type",
    message=by("role", **INPUT_MESSAGES),
    function_call=shaped("call_id name arguments", type=STRING, call_id=short(64), name=name, arguments=STRING),
    function_call_output=shaped("call_id output", type=STRING, call_id=short(64), output=text_or(listed(INPUT))),
    custom_tool_call=shaped("call_id name input", type=STRING, call_id=short(64), name=name, input=STRING),
    custom_tool_call_output=shaped("call_id output", type=STRING, call_id=short(64), output=text_or(listed(INPUT))),
    reasoning=shaped(
        "id summary encrypted_content", type=STRING, id=STRING, summary=kind(list), encrypted_content=STRING
    ),
)
RESPONSES = shaped(
    "model input store", model=STRING, input=listed(ITEM), instructions=STRING, store=never,
    include=listed(one_of("reasoning.encrypted_content", "message.output_text.logprobs")), stream=BOOLEAN,
    top_logprobs=INTEGER,
    tools=listed(by(
        "type",
        function=shaped("type name parameters strict", type=STRING, name=name, description=STRING,
                        parameters=OBJECT, strict=BOOLEAN),
        custom=shaped("type name", type=STRING, name=name, description=STRING, format=by(
            "type", text=shaped("type", type=STRING),
            grammar=shaped("type syntax definition", type=STRING, **GRAMMAR))))),
    tool_choice=text_or(shaped("type name", type=one_of("function", "custom"), name=name)), parallel_tool_calls=BOOLEAN,
    max_output_tokens=INTEGER, temperature=NUMBER, top_p=NUMBER, user=STRING,
    reasoning=shaped(effort=EFFORT, summary=one_of("auto", "concise", "detailed")),
    text=shaped(verbosity=VERBOSITY, format=by("type", json_object=shaped("type", type=STRING), json_schema=shaped(
        "type name schema", type=STRING, **SCHEMA))),
)  # fmt: skip


def responses_faults(body: Any) -> list[str]:
    """What OpenAI would refuse of a request for a response, each with its place; empty where nothing is."""
    calls: set[tuple[str, str]] = set()
    faults = list(RESPONSES(body, "request"))
    for item in body.get("input", []):
        kind_, call = item.get("type", ""), item.get("call_id")
        if kind_ in ("function_call", "custom_tool_call"):
            calls.add((kind_, call))
        elif kind_.endswith("_output") and (kind_.removesuffix("_output"), call) not in calls:
            faults.append(f"no call for {call}")
    return faults
