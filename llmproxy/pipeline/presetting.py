"""Putting a preset into a request: its parameters and its system prompt, in the words of the client's wire."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from llmproxy.catalog import Preset
from llmproxy.wires.gemini_generate.names import listed

Body = Mapping[str, Any]
# How wires other than OpenAI's chat name the parameters that presets usually set.
RESPONSES = {"max_tokens": "max_output_tokens", "max_completion_tokens": "max_output_tokens"}
ANTHROPIC = {"max_completion_tokens": "max_tokens", "stop": "stop_sequences"}
GEMINI = {
    "temperature": "temperature", "top_p": "topP", "top_k": "topK", "max_tokens": "maxOutputTokens",
    "max_completion_tokens": "maxOutputTokens", "stop": "stopSequences", "seed": "seed",
    "presence_penalty": "presencePenalty", "frequency_penalty": "frequencyPenalty",
}  # fmt: skip
# Where a call may say the same in two ways, one of them is enough.
SAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
CONFIG = "generationConfig"


def applied(preset: Preset, wire: str, body: Body, *, generates: bool) -> tuple[bytes, dict[str, Any]]:
    """`body` with the preset in it, as bytes and parsed.

    Args:
        wire: the client's.
        generates: whether an answer is made; where tokens are only counted, parameters of answers would be refused.
    """
    parameters = dict(preset.parameters) if generates else {}
    if wire == "gemini":
        made = _with_config(preset, parameters, body)
    else:
        renamed = {"openai_responses": RESPONSES, "anthropic_messages": ANTHROPIC}.get(wire, {})
        made = _set(preset, {renamed.get(name, name): value for name, value in parameters.items()}, body)
    if preset.system_prompt and (put := PROMPTS.get(wire)) is not None:
        made = put(preset.system_prompt, made)
    return orjson.dumps(made), made


def _set(preset: Preset, parameters: Body, body: Body) -> dict[str, Any]:
    if preset.locked:
        doubled = {SAME[name] for name in parameters if name in SAME}
        return {**{name: value for name, value in body.items() if name not in doubled}, **parameters}
    free = {name: value for name, value in parameters.items() if SAME.get(name, name) not in body}
    return {**free, **body}


def _with_config(preset: Preset, parameters: Body, body: Body) -> dict[str, Any]:
    named = {GEMINI[name]: value for name, value in parameters.items() if name in GEMINI}
    given = body.get(CONFIG)
    config = _set(preset, named, given if isinstance(given, Mapping) else {})
    rest = {name: value for name, value in parameters.items() if name not in GEMINI}
    made = _set(preset, rest, body)
    return {**made, CONFIG: config} if config else made


def _chat(prompt: str, body: Body) -> dict[str, Any]:
    messages = body.get("messages")
    if not isinstance(messages, list):  # an endpoint without turns
        return dict(body)
    return {**body, "messages": [{"role": "system", "content": prompt}, *messages]}


def _responses(prompt: str, body: Body) -> dict[str, Any]:
    given = body.get("instructions")
    return {**body, "instructions": f"{prompt}\n\n{given}" if isinstance(given, str) and given else prompt}


def _anthropic(prompt: str, body: Body) -> dict[str, Any]:
    given = body.get("system")
    if isinstance(given, list):
        return {**body, "system": [{"type": "text", "text": prompt}, *given]}
    return {**body, "system": f"{prompt}\n\n{given}" if isinstance(given, str) and given else prompt}


def _gemini(prompt: str, body: Body) -> dict[str, Any]:
    name = "system_instruction" if "system_instruction" in body else "systemInstruction"
    given = body.get(name)
    parts = listed(given, "parts").get("parts") if isinstance(given, Mapping) else None
    return {**body, name: {"parts": [{"text": prompt}, *(parts if isinstance(parts, list) else [])]}}


PROMPTS: Mapping[str, Callable[[str, Body], dict[str, Any]]] = {
    "openai_chat": _chat,
    "openai_responses": _responses,
    "anthropic_messages": _anthropic,
    "gemini": _gemini,
}
