"""JSON mode and structured output."""

import re
from typing import Any

import orjson

from llmproxy.simulator.dice import Dice
from llmproxy.simulator.messages import Conversation
from llmproxy.simulator.parameters import Body, mapping, text
from llmproxy.simulator.refusal import Refused, missing, wrong_value
from llmproxy.simulator.schema import Unsatisfiable, sample
from llmproxy.simulator.text import about

TYPES = ("text", "json_object", "json_schema")
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}").fullmatch


def response_schema(body: Body, asked: Conversation) -> object:
    """The schema that the answer must satisfy; None where it is free text. Raises Refused."""
    if body.get("response_format") is None:
        return None
    chosen = mapping(body["response_format"], "response_format")
    kind = text(chosen, "type", "response_format.")
    if kind not in TYPES:
        raise wrong_value("response_format.type", kind, TYPES)
    if kind == "json_object":
        return _object_about(asked)
    return _named_schema(chosen) if kind == "json_schema" else None


def document(schema: object, dice: Dice) -> str:
    """JSON that satisfies `schema`. Raises Refused."""
    try:
        return orjson.dumps(sample(schema, dice)).decode()
    except (Unsatisfiable, orjson.JSONEncodeError) as error:
        message = f"Invalid schema for response_format: {error}."
        raise Refused(message, param="response_format", code="invalid_json_schema") from error


def _object_about(asked: Conversation) -> dict[str, Any]:
    if "json" not in asked.everything.lower():
        raise Refused(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            param="messages",
        )
    answer = about(asked.question, Dice(asked.everything.encode("utf-8", "replace")))
    return {
        "type": "object",
        "properties": {"answer": {"const": answer}, "confidence": {"enum": ["low", "medium", "high"]}},
        "required": ["answer", "confidence"],
    }


def _named_schema(chosen: Body) -> object:
    if chosen.get("json_schema") is None:
        raise missing("response_format.json_schema")
    holder = mapping(chosen["json_schema"], "response_format.json_schema")
    name = text(holder, "name", "response_format.json_schema.")
    if not NAME(name):
        raise Refused(
            "Invalid 'response_format.json_schema.name': string does not match pattern. Expected a string that "
            "matches the pattern '^[a-zA-Z0-9_-]+$'.",
            param="response_format.json_schema.name",
            code="invalid_value",
        )
    if holder.get("schema") is None:
        raise missing("response_format.json_schema.schema")
    return mapping(holder["schema"], "response_format.json_schema.schema")
