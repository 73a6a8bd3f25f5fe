"""Readable English about what was asked."""

from collections.abc import Iterator
from itertools import islice

from llmproxy.simulator import tokens
from llmproxy.simulator.dice import Dice

LONGEST_QUOTE = 80
SUBJECTS = ("A careful reader", "The second point", "An older example", "The short answer", "A good rule",
            "Experience in the field", "The simplest case", "Every part of it")  # fmt: skip
VERBS = ("depends on", "follows from", "can be checked against", "is close to", "leads back to", "makes clear",
         "says little without", "works best with")  # fmt: skip
OBJECTS = ("a few plain facts", "the order of the steps", "what was measured before", "a second opinion",
           "the question itself", "clear names and small parts", "patience and a pencil",
           "one worked example")  # fmt: skip
ENDINGS = ("in most cases", "as far as is known", "on a quiet day", "whatever the season", "from start to end",
           "more often than not")  # fmt: skip


def about(question: str, dice: Dice) -> str:
    """Three to six sentences, the first of which quotes the question."""
    sentences = [_opening(question), *(_sentence(dice) for _ in range(2 + dice.below(4)))]
    return " ".join(sentences)


def about_results(results: tuple[str, ...]) -> str:
    """What is said after tools were called: it quotes what they gave."""
    quoted = " and ".join(f"“{_quote(result, 400)}”" for result in results)
    return f"The tool answered {quoted}. That settles the question."


def of_length(text: str, wanted: int, dice: Dice) -> list[str]:
    """Exactly `wanted` tokens that begin as `text` does."""
    return list(islice(_endless(text, dice), wanted))


def words(dice: Dice) -> str:
    """A few words, for a value in a document."""
    return f"{dice.one_of(OBJECTS)} {dice.one_of(ENDINGS)}"


def _endless(text: str, dice: Dice) -> Iterator[str]:
    yield from tokens.split(text)
    while True:
        yield from tokens.split(" " + _sentence(dice))


def _opening(question: str) -> str:
    return f"You asked: “{_quote(question, LONGEST_QUOTE)}”." if question.strip() else "You asked nothing in words."


def _sentence(dice: Dice) -> str:
    return f"{dice.one_of(SUBJECTS)} {dice.one_of(VERBS)} {dice.one_of(OBJECTS)} {dice.one_of(ENDINGS)}."


def _quote(text: str, longest: int) -> str:
    line = " ".join(text[: 4 * longest].split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
