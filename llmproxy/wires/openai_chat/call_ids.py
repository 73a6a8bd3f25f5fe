"""Ids of tool calls, where a server takes only those of one length.

Mistral wants exactly nine letters and digits, and refuses a conversation that holds another one: those of other
providers after a fallback, those that clients make themselves. An id of that form is left as it is, so what the server
gave is known again in the next turn; any other is replaced by one that follows from it, in calls and results alike.
https://docs.mistral.ai/capabilities/function_calling
"""

import hashlib
import string
from collections.abc import Mapping
from typing import Any

SIGNS = string.digits + string.ascii_letters
SHORTEST, LONGEST = 6, 40


def fitting(given: str, length: int) -> str:
    """`given` if it has the form, else an id of that form that is always the same for it."""
    if len(given) == length and given.isascii() and given.isalnum():
        return given
    number, made = int.from_bytes(hashlib.sha256(given.encode()).digest()), []
    for _ in range(length):
        number, sign = divmod(number, len(SIGNS))
        made.append(SIGNS[sign])
    return "".join(made)


def fitted(body: dict[str, Any], length: int) -> dict[str, Any]:
    """The body of a request with ids of the form. What is none of this wire is left to the server to refuse."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        return body
    return {**body, "messages": [_message(each, length) for each in messages]}


def _message(message: Any, length: int) -> Any:
    if not isinstance(message, Mapping):
        return message
    changed = dict(message)
    if isinstance(answered := message.get("tool_call_id"), str):
        changed["tool_call_id"] = fitting(answered, length)
    if isinstance(calls := message.get("tool_calls"), list):
        changed["tool_calls"] = [_call(each, length) for each in calls]
    return changed


def _call(call: Any, length: int) -> Any:
    if not isinstance(call, Mapping) or not isinstance(given := call.get("id"), str):
        return call
    return {**call, "id": fitting(given, length)}
