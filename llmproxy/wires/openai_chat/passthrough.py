"""Chat completions and embeddings passed through: what the gateway reads and rewrites of them.

Bodies pass through as the bytes they are. Only the model name, `stream_options.include_usage` and the provider row's
rules touch the top level.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from llmproxy.wires.openai_chat.call_ids import fitted
from llmproxy.wires.taps.reading import count, usage_in
from llmproxy.wires.usage import Usage

MODEL_MEMBER = re.compile(rb'"model"\s*:\s*"(?:[^"\\]|\\.)*"')
# The request members by which clients of other gateways choose the upstream or its credential (SECURITY 4.1.8).
NEVER_FROM_CLIENTS = ("api_base", "base_url", "api_key", "extra_headers", "custom_llm_provider")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a provider row changes of a body: at its top level, and ids of tool calls.

    Attributes:
        call_id_length: of ids of tool calls, where only one length is taken; 0: any.
        free_text: whether tools that take free text may be sent in translation; None: as is usual for the wire.
    """

    rename: Mapping[str, str] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    call_id_length: int = 0
    free_text: bool | None = None

    def __bool__(self) -> bool:
        return bool(self.rename or self.drop or self.extra_body or self.call_id_length)

    def applied(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`body` as the provider is to get it."""
        kept = {self.rename.get(name, name): value for name, value in body.items() if name not in self.drop}
        kept.update(self.extra_body)
        return fitted(kept, self.call_id_length) if self.call_id_length else kept


@dataclass(frozen=True, slots=True)
class Prepared:
    """A body ready to be sent.

    Attributes:
        usage_is_ours: the gateway asked for the usage chunk and takes it out again.
        dropped: parameters left out because the provider's row says so; they go on record.
    """

    body: bytes
    usage_is_ours: bool
    dropped: tuple[str, ...]


def prepare(raw: bytes, parsed: Mapping[str, Any], model: str | None, rules: Rules, *, stream: bool) -> Prepared:
    """Rewrite a request body for the provider, byte for byte the client's wherever that is possible.

    Args:
        parsed: `raw` parsed; a JSON object. Where the address names the model, it may have none.
        model: the provider's name of the model; None where only the address may say it.
        stream: whether the answer will be streamed, so that usage has to be asked for.
    """
    options = parsed.get("stream_options")
    wants_usage = isinstance(options, Mapping) and options.get("include_usage") is True
    ask = stream and not wants_usage and "stream_options" not in rules.drop
    dropped = tuple(name for name in (*NEVER_FROM_CLIENTS, *rules.drop) if name in parsed)
    rebuilt = model is None or bool(rules or dropped or (ask and options is not None))
    body = None if rebuilt or model is None else _spliced(raw, parsed, model, ask)
    return Prepared(body or _rebuilt(parsed, model, rules, ask, dropped), ask, dropped)


def _spliced(raw: bytes, parsed: Mapping[str, Any], model: str, ask_usage: bool) -> bytes | None:
    """`raw` with the model's value replaced in place; None where that cannot be done with certainty.

    A quoted "model" cannot stand inside a JSON string (its quotes would be escaped), so if it occurs once and no
    name is written with escapes, that one occurrence is the top-level member.
    """
    pieces: list[bytes | memoryview] = [memoryview(raw)]  # bodies may hold images: one copy is made, not three
    if parsed.get("model") != model:
        if raw.count(b'"model"') != 1 or b"\\u00" in raw:
            return None
        found = MODEL_MEMBER.search(raw)
        if found is None:
            return None
        view = memoryview(raw)
        pieces = [view[: found.start()], b'"model":' + orjson.dumps(model), view[found.end() :]]
    if ask_usage:
        pieces[0] = pieces[0][raw.index(b"{") + 1 :]
        pieces.insert(0, b'{"stream_options":{"include_usage":true},')
    return b"".join(pieces) if len(pieces) > 1 else raw


def _rebuilt(
    parsed: Mapping[str, Any], model: str | None, rules: Rules, ask_usage: bool, dropped: tuple[str, ...]
) -> bytes:
    body = rules.applied({name: value for name, value in parsed.items() if name not in dropped})
    body["model"] = model
    if model is None:
        del body["model"]
    if ask_usage:
        given = parsed.get("stream_options")
        body["stream_options"] = {**(given if isinstance(given, Mapping) else {}), "include_usage": True}
    return orjson.dumps(body)


def usage_of(answer: bytes) -> Usage | None:
    """The usage that a whole answer reports; None where there is none."""
    return usage_in(answer, "usage", usage_from)


def usage_from(reported: object) -> Usage | None:
    """OpenAI's usage object in the fixed meaning; None unless it is an object with token counts."""
    if not isinstance(reported, Mapping):
        return None
    prompt = reported.get("prompt_tokens_details")
    completion = reported.get("completion_tokens_details")
    return Usage(
        input=count(reported, "prompt_tokens"),
        output=count(reported, "completion_tokens"),
        cached=count(prompt, "cached_tokens"),
        reasoning=count(completion, "reasoning_tokens"),
        cache_write=count(prompt, "cache_write_tokens"),
    )
