"""One chat request, read and answered: what will be said, before it is put on the wire."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from llmproxy.simulator import text as english
from llmproxy.simulator import tokens
from llmproxy.simulator.dice import Dice
from llmproxy.simulator.faults import MOST_TOKENS, Plan
from llmproxy.simulator.formats import document, response_schema
from llmproxy.simulator.messages import Conversation, conversation
from llmproxy.simulator.parameters import Body, flag, integer, mapping, number
from llmproxy.simulator.refusal import Refused, wrong_type
from llmproxy.simulator.tools import Toolbox, ToolCall, toolbox

MOST_CHOICES = 8
MOST_STOPS = 4
ECHO = "echo:"
SAID_FROM = ("messages", "seed", "tools", "response_format")


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: text in tokens, or calls."""

    index: int
    pieces: list[str]
    calls: list[ToolCall]
    finish_reason: str

    def count(self) -> int:
        """Completion tokens."""
        return len(self.pieces) + sum(tokens.count(call.name) + tokens.count(call.arguments) for call in self.calls)


@dataclass(frozen=True, slots=True)
class Chat:
    """The answer to a request, in full."""

    id: str
    model: str
    fingerprint: str
    choices: list[Choice]
    usage: dict[str, Any]
    stream: bool
    include_usage: bool


@dataclass(frozen=True, slots=True)
class _Wish:
    asked: Conversation
    tools: Toolbox
    schema: object
    limit: int | None
    stops: tuple[str, ...]


def chat(body: Body, plan: Plan) -> Chat:
    """Answer `body`. Raises Refused."""
    asked = conversation(body.get("messages"))
    count = integer(body, "n", 1, MOST_CHOICES) or 1
    _check_ranges(body)
    if plan.tokens is not None and plan.tokens * count > MOST_TOKENS:
        raise Refused(f"The simulator gives at most {MOST_TOKENS} tokens in all answers together.", param="n")
    wish = _Wish(asked, toolbox(body), response_schema(body, asked), _limit(body), _stops(body))
    stream = flag(body, "stream", False)
    include_usage = _include_usage(body, stream)
    seed = _seed(body)
    choices = [_choice(index, wish, plan, Dice(seed + bytes([index]))) for index in range(count)]
    digest = hashlib.sha256(seed).hexdigest()
    model = str(body["model"])
    fingerprint = "fp_" + hashlib.sha256(model.encode()).hexdigest()[:10]
    return Chat(f"chatcmpl-{digest[:29]}", model, fingerprint, choices, _usage(asked, choices), stream, include_usage)


def _seed(body: Body) -> bytes:
    """What the answer follows from: limits, faults and the way it is sent do not change what is said."""
    kept = {name: body.get(name) for name in SAID_FROM}
    try:
        return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).digest()
    except orjson.JSONEncodeError as error:
        raise Refused("Invalid request body: it is nested too deeply.") from error


def _choice(index: int, wish: _Wish, plan: Plan, dice: Dice) -> Choice:
    calls = wish.tools.calls(wish.asked, dice)
    if calls:
        # A call that was forced by name ends with "stop" (OpenAI, function calling guide).
        return Choice(index, [], calls, "stop" if wish.tools.forced else "tool_calls")
    said = _said(wish, plan, dice)
    pieces = tokens.split(said) if plan.tokens is None else english.of_length(said, plan.tokens, dice)
    pieces = _stopped(pieces, wish.stops)
    if wish.limit is not None and len(pieces) > wish.limit:
        return Choice(index, pieces[: wish.limit], [], "length")
    return Choice(index, pieces, [], "stop")


def _said(wish: _Wish, plan: Plan, dice: Dice) -> str:
    question = wish.asked.question
    if wish.schema is not None:
        return document(wish.schema, dice)
    if wish.asked.results:
        return english.about_results(wish.asked.results)
    if question[: len(ECHO)].lower() == ECHO:
        return question[len(ECHO) :].strip()
    return question if plan.echo else english.about(question, dice)


def _stopped(pieces: list[str], stops: tuple[str, ...]) -> list[str]:
    said = "".join(pieces)
    found = [at for at in (said.find(stop) for stop in stops) if at >= 0]
    return tokens.split(said[: min(found)]) if found else pieces


def _limit(body: Body) -> int | None:
    old = integer(body, "max_tokens", 1, MOST_TOKENS)
    new = integer(body, "max_completion_tokens", 1, MOST_TOKENS)
    if old is not None and new is not None:
        raise Refused(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            param="max_tokens", code="invalid_parameter_combination",
        )  # fmt: skip
    return new if old is None else old


def _stops(body: Body) -> tuple[str, ...]:
    value = body.get("stop")
    if value is None:
        return ()
    stops = [value] if isinstance(value, str) else value
    if not isinstance(stops, list) or not all(isinstance(each, str) for each in stops):
        raise wrong_type("stop", "one of a string or array of strings", value)
    if len(stops) > MOST_STOPS:
        raise Refused(
            f"Invalid 'stop': array too long. Expected an array with maximum length {MOST_STOPS}, but got an array "
            f"with length {len(stops)} instead.",
            param="stop",
            code="array_above_max_length",
        )
    return tuple(filter(None, stops))


def _check_ranges(body: Body) -> None:
    number(body, "temperature", 0, 2)
    number(body, "top_p", 0, 1)
    number(body, "presence_penalty", -2, 2)
    number(body, "frequency_penalty", -2, 2)
    integer(body, "seed", -(1 << 63), (1 << 63) - 1)


def _include_usage(body: Body, stream: bool) -> bool:
    options = body.get("stream_options")
    if options is None:
        return False
    if not stream:
        raise Refused("The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                      param="stream_options")  # fmt: skip
    return flag(mapping(options, "stream_options"), "include_usage", False, "stream_options.")


def _usage(asked: Conversation, choices: list[Choice]) -> dict[str, Any]:
    completion = sum(choice.count() for choice in choices)
    return {
        "prompt_tokens": asked.prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": asked.prompt_tokens + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": asked.audio_tokens},
        "completion_tokens_details": {
            "reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    }  # fmt: skip
