"""Counting: texts, token ids, and the messages of a chat as OpenAI's wire has them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from llmproxy.counting.encodings import encoding
from llmproxy.counting.tokenizers import Tokenizer, tokenizer_for

# Longer texts are counted in pieces, so that none of them can hold up the others; each cut may add a token.
PIECE: Final = 100_000
# Of OpenAI's chat format: around each message, and before the answer.
PER_MESSAGE, BEFORE_ANSWER = 3, 3
# An image of unknown size at high detail: 85 + 170 for each of four tiles. Anything else that is not text: the same.
PER_IMAGE: Final = 765


class Count(NamedTuple):
    """`label` is "counted" where the model's own encoding was used on text alone, else "estimated"."""

    tokens: int
    exact: bool

    @property
    def label(self) -> str:
        """For people and records."""
        return "counted" if self.exact else "estimated"


def count_text(model: str, text: str) -> Count:
    """Tokens of a plain text. Raises RanksDamaged."""
    tokenizer = tokenizer_for(model)
    return Count(_scaled(_tokens(tokenizer, text), tokenizer), tokenizer.exact and len(text) <= PIECE)


def count_messages(model: str, messages: Sequence[Any], tools: Sequence[Any] = ()) -> Count:
    """Tokens of a chat's input; what is not text is estimated. Odd values count as the JSON that they are.

    Raises:
        RanksDamaged: see there.
    """
    tokenizer = tokenizer_for(model)
    texts, others = _parts(messages)
    total = sum(_tokens(tokenizer, text) for text in texts) + PER_MESSAGE * len(messages) + BEFORE_ANSWER
    if tools:
        total += _tokens(tokenizer, _json(list(tools)))
    return Count(_scaled(total, tokenizer) + others * PER_IMAGE, tokenizer.exact and not others and not tools)


def text_of(model: str, tokens: Iterable[int]) -> str:
    """What token ids stand for, so that they can be inspected: some clients send embeddings as ids.

    Raises:
        ValueError: an id that the model's encoding does not have, or a model whose encoding is not public.
    """
    tokenizer = tokenizer_for(model)
    if not tokenizer.exact:
        raise ValueError("The encoding of this model is not public: send text, not token ids.")
    known = encoding(tokenizer.encoding)
    ids = list(tokens)
    if not all(isinstance(token, int) and not isinstance(token, bool) and 0 <= token < known.n_vocab for token in ids):
        raise ValueError("The input holds token ids that the model does not have.")
    try:
        return known.decode(ids)
    except KeyError as error:  # there are gaps below n_vocab
        raise ValueError("The input holds token ids that the model does not have.") from error


def _tokens(tokenizer: Tokenizer, text: str) -> int:
    known = encoding(tokenizer.encoding)
    clean = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no text
    return sum(len(known.encode_ordinary(clean[start : start + PIECE])) for start in range(0, len(clean), PIECE))


def _scaled(tokens: int, tokenizer: Tokenizer) -> int:
    return -(-tokens * tokenizer.percent // 100)


def _parts(messages: Sequence[Any]) -> tuple[list[str], int]:
    """All texts, and the number of parts that are none."""
    texts, others = [], 0
    for message in messages:
        for part in _values(message):
            if isinstance(part, str):
                texts.append(part)
            else:
                others += 1
    return texts, others


def _values(message: Any) -> Iterator[str | None]:
    if not isinstance(message, Mapping):
        yield _json(message)
        return
    for name, value in message.items():
        if name == "content" and isinstance(value, list):
            yield from (_content(part) for part in value)
        elif isinstance(value, str):
            yield value
        elif value is not None:
            yield _json(value)


def _content(part: Any) -> str | None:
    """The text of a content part; None where it is an image, a sound, a file."""
    if isinstance(part, Mapping):
        text = part.get("text", part.get("refusal"))
        return text if isinstance(text, str) else None
    return part if isinstance(part, str) else _json(part)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
