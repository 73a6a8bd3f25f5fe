"""Ids of function calls. Gemini may give none, and signs calls; clients of other wires only send the id back.

So a call without an id gets one, and the signature travels within it: the next request then carries it home without
anything being stored here. https://ai.google.dev/gemini-api/docs/thought-signatures
"""

import hashlib
import re

OURS = "gwcall_"
MARK = "__sig__"
TO_URL, FROM_URL = str.maketrans("+/", "-_"), str.maketrans("-_", "+/")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


def made(answer_id: str, place: int, name: str, arguments: str) -> str:
    """An id for a call that has none: the same for the same call of the same answer."""
    seed = "\x00".join((answer_id, str(place), name, arguments))
    return OURS + hashlib.sha256(seed.encode()).hexdigest()[:24]


def packed(call_id: str, signature: str) -> str:
    """The id that the client sees."""
    if not BASE64.fullmatch(signature):
        return call_id
    return f"{call_id}{MARK}{signature.translate(TO_URL).rstrip('=')}"


def unpacked(call_id: str) -> tuple[str, str]:
    """Gemini's own id (empty where it gave none) and the signature (empty where there is none)."""
    own, mark, signature = call_id.partition(MARK)
    if mark:
        signature = signature.translate(FROM_URL)
        signature += "=" * (-len(signature) % 4)
    return "" if own.startswith(OURS) else own, signature
