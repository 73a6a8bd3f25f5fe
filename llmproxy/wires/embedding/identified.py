"""Embeddings that are passed through get an id where they have none: Mistral's SDK refuses answers without one, which
OpenAI's servers and most of their followers give. Nothing else of them is touched."""

import re

ENDS = 256  # bytes: an id stands before the vectors or behind them
HAS_ID = re.compile(rb'"id"\s*:')
OPENED = re.compile(rb'\s*\{(?=\s*")')


def identified(answer: bytes, given: str) -> bytes:
    """`answer` with the id `given`, unless it has one or holds no vectors."""
    if b'"embedding"' not in answer:
        return answer
    if HAS_ID.search(answer[:ENDS]) or HAS_ID.search(answer[-ENDS:]):
        return answer
    opened = OPENED.match(answer)
    if opened is None:
        return answer
    return b"".join([answer[: opened.end()], b'"id":"%b",' % given.encode(), memoryview(answer)[opened.end() :]])
