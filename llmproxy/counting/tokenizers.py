"""Which encoding a model uses, and how far off it is where the model's own is not public."""

import re
from typing import Final, NamedTuple

from llmproxy.counting.encodings import CL100K, O200K


class Tokenizer(NamedTuple):
    """How a model's tokens are counted.

    Attributes:
        encoding: the vendored one to count with.
        percent: of that count; 100 where it is the model's own.
        exact: whether it is the model's own encoding.
    """

    encoding: str
    percent: int = 100
    exact: bool = True


OWN_O200K: Final = Tokenizer(O200K)
OWN_CL100K: Final = Tokenizer(CL100K)
# By the beginning of the model's own name, the first match counts. The lists of tiktoken end before today's models.
# Factors of families whose encoding is not public, or not shipped, lean to the high side: they hold money back before
# a call, and what the provider reports settles it.
FAMILIES: Final[tuple[tuple[re.Pattern[str], Tokenizer], ...]] = tuple(
    (re.compile(pattern), tokenizer)
    for pattern, tokenizer in (
        (r"gpt-oss|gpt-4o|gpt-4\.1|gpt-4\.5|gpt-[5-9]|chatgpt-|o[1-9](-|$)|computer-use|codex", OWN_O200K),
        (r"gpt-4|gpt-3\.5|gpt-35|text-embedding", OWN_CL100K),
        (r"claude", Tokenizer(O200K, 130, exact=False)),
        (r"gemini|gemma", Tokenizer(O200K, 115, exact=False)),
        (r"(open-)?mistral|mixtral|magistral|codestral|devstral|ministral|pixtral", Tokenizer(O200K, 125, exact=False)),
        (r"(meta-)?llama|qwen|deepseek|grok|command|sonar|kimi|glm|nova", Tokenizer(O200K, 120, exact=False)),
    )
)
UNKNOWN: Final = Tokenizer(O200K, 125, exact=False)


def tokenizer_for(model: str) -> Tokenizer:
    """By the provider's name of the model, with whatever path or region stands before it."""
    name = model.lower().rpartition("/")[2]
    candidates = (name, *(name.split(".", part)[-1] for part in (1, 2) if name.count(".") >= part))
    for candidate in candidates:
        for family, tokenizer in FAMILIES:
            if family.match(candidate):
                return tokenizer
    return UNKNOWN
