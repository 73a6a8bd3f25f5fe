"""On whose behalf a call is made, as the application says it: its own end user, and tags for the books."""

import re
from collections.abc import Mapping
from typing import Any, Final

LONGEST_USER: Final = 200
MOST_TAGS: Final = 10
TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/=-]{0,63}")
TAGS_HEADER: Final = "x-gatehouse-tags"


def end_user_of(body: Mapping[str, Any]) -> str:
    """`safety_identifier` or `user` (OpenAI), `metadata.user_id` (Anthropic); "" where there is none."""
    for name in ("safety_identifier", "user"):
        if isinstance(found := body.get(name), str) and found:
            return found[:LONGEST_USER]
    metadata = body.get("metadata")
    found = metadata.get("user_id") if isinstance(metadata, Mapping) else None
    return found[:LONGEST_USER] if isinstance(found, str) else ""


def tags_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Of the header `x-gatehouse-tags: a, b`, those that are tags, each once; the first ten."""
    text = headers.get(TAGS_HEADER)
    if not text:
        return ()
    return tuple(dict.fromkeys(tag for part in text.split(",")[:MOST_TAGS] if TAG.fullmatch(tag := part.strip())))


def key_of(key_id: str | None, subject: str) -> str:
    """The API key behind a caller, also where it was exchanged for a token: what a key may use, its tokens share."""
    return key_id or (subject[4:] if subject.startswith("key:") else "")
