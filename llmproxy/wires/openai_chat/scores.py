"""How likely tokens were, as OpenAI's wires say it: `logprobs` of a choice, of a delta, of a part of a message.

https://platform.openai.com/docs/api-reference/chat/object (choices[].logprobs)
"""

from collections.abc import Iterable, Mapping
from typing import Any

from llmproxy.wires.canonical.content import Score

Written = dict[str, Any]


def read(entries: object) -> tuple[Score, ...]:
    """The tokens of a list. What is none is passed over: it is a remark about the answer, not the answer."""
    if not isinstance(entries, list):
        return ()
    return tuple(score for each in entries if (score := _score(each, with_others=True)) is not None)


def written(scores: Iterable[Score]) -> list[Written]:
    """The same list."""
    return [{**_entry(score), "top_logprobs": [_entry(other) for other in score.others]} for score in scores]


def _score(entry: object, *, with_others: bool) -> Score | None:
    token = entry.get("token") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(token, str):
        return None
    likely, others = entry.get("logprob"), entry.get("top_logprobs")
    if isinstance(likely, bool) or not isinstance(likely, int | float):
        return None
    told = others if with_others and isinstance(others, list) else []
    read_others = tuple(score for each in told if (score := _score(each, with_others=False)) is not None)
    return Score(token, likely, _raw(entry.get("bytes"), token), read_others)


def _raw(given: object, token: str) -> bytes:
    """Only where they say more than the token does: a piece of a character."""
    if not isinstance(given, list) or not all(type(each) is int and 0 <= each < 256 for each in given):
        return b""
    return b"" if bytes(given) == _utf8(token) else bytes(given)


def _entry(score: Score) -> Written:
    return {"token": score.token, "logprob": score.logprob, "bytes": list(score.raw or _utf8(score.token))}


def _utf8(token: str) -> bytes:
    return token.encode("utf-8", "surrogatepass")
