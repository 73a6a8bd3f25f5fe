"""The name of an entry: everything that decides the answer, and who may share it, in one digest."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

VERSION = 1
# Who asks and for what purpose changes no answer. Who may share one is decided by the rule, not by these.
NOT_OF_THE_QUESTION = frozenset(("stream", "user", "safety_identifier", "metadata", "prompt_cache_key"))


def entry_name(asked: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    """64 hexadecimal digits.

    Args:
        asked: what is said outside of the body: whose, where, of which configuration.
        body: the request, parsed.

    Raises:
        TypeError: the body holds what JSON cannot.
    """
    question = {name: value for name, value in body.items() if name not in NOT_OF_THE_QUESTION}
    text = orjson.dumps([VERSION, asked, question], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()
