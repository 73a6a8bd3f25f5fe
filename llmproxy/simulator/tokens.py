"""The simulator's own tokens: word pieces with the space before them. Joined they are the text again."""

import re

PIECE = re.compile(r"\s?\w{1,8}|\s?[^\w\s]|\s")
EXACT_LIMIT = 64 * 1024  # characters; longer texts are estimated, so that a count never holds up the event loop


def split(text: str) -> list[str]:
    """The tokens of `text`."""
    return PIECE.findall(text)


def count(text: str) -> int:
    """How many tokens `text` has."""
    return len(PIECE.findall(text)) if len(text) <= EXACT_LIMIT else len(text) // 4
