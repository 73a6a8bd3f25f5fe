"""How much a call asks for at most: read from its body, checked, and set where the client names no maximum."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

MOST_TOKENS: Final = 10_000_000
MOST_CHOICES: Final = 128


class BadAmount(ValueError):
    """An amount that is none. `str()` is a sentence for the developer; `param` names it."""

    def __init__(self, param: str, message: str) -> None:
        super().__init__(message)
        self.param = param


@dataclass(frozen=True, slots=True)
class Asked:
    """What the body says: tokens of each choice (None: nothing is said), and how many choices."""

    output: int | None = None
    choices: int = 1


@dataclass(frozen=True, slots=True)
class OutputMembers:
    """Where a wire's bodies say how much they ask for.

    Attributes:
        within: the member that holds the others; "": the body itself.
        output: any of them; the smallest counts. `set`: the one that is set where none is there.
        choices: how many answers; the largest counts.
        others: amounts that are checked and do not count.
    """

    output: tuple[str, ...]
    set: str
    choices: tuple[str, ...] = ()
    within: str = ""
    others: tuple[str, ...] = ()


MEMBERS: Final[Mapping[str, OutputMembers]] = {
    "openai_chat": OutputMembers(
        ("max_completion_tokens", "max_tokens"), "max_completion_tokens", ("n", "best_of"), others=("top_logprobs",)
    ),
    "openai_responses": OutputMembers(("max_output_tokens",), "max_output_tokens"),
    "anthropic_messages": OutputMembers(("max_tokens",), "max_tokens"),
    "gemini": OutputMembers(("maxOutputTokens",), "maxOutputTokens", ("candidateCount",), "generationConfig"),
}


def asked(wire: str, body: Mapping[str, Any]) -> Asked:
    """What a body asks for. Raises BadAmount for what is no whole number in a range that makes sense."""
    members = MEMBERS[wire]
    holder = body.get(members.within) if members.within else body
    if holder is None:
        return Asked()
    if not isinstance(holder, Mapping):
        raise BadAmount(members.within, f"`{members.within}` must be an object.")
    where = f"{members.within}." if members.within else ""
    outputs = list(_amounts(holder, where, members.output, 1, MOST_TOKENS))
    choices = list(_amounts(holder, where, members.choices, 1, MOST_CHOICES))
    _ = list(_amounts(holder, where, members.others, 0, MOST_TOKENS))
    return Asked(min(outputs, default=None), max(choices, default=1))


def capped(wire: str, raw: bytes, body: Mapping[str, Any], tokens: int) -> tuple[bytes, dict[str, Any]]:
    """The body with a maximum of `tokens`, for one that names none: the client's bytes with a member before them."""
    members = MEMBERS[wire]
    if members.within:
        changed = {**body, members.within: {**(body.get(members.within) or {}), members.set: tokens}}
        return orjson.dumps(changed), changed
    changed = {members.set: tokens, **{name: value for name, value in body.items() if name not in members.output}}
    if len(changed) <= len(body):  # a maximum of null stands there: two members of one name would be read differently
        return orjson.dumps(changed), changed
    behind = memoryview(raw)[raw.index(b"{") + 1 :]  # a view: bodies may hold images
    return b"".join((b'{"%s":%d,' % (members.set.encode(), tokens), behind)), changed


def _amounts(holder: Mapping[str, Any], where: str, names: tuple[str, ...], least: int, most: int) -> Iterator[int]:
    for name in names:
        if (value := holder.get(name)) is not None:
            yield _whole(value, where + name, least, most)


def _whole(value: object, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadAmount(name, f"`{name}` must be a whole number from {least} to {most:,}.")
    if not least <= value <= most:
        raise BadAmount(name, f"`{name}` must be from {least} to {most:,}; you sent {value:,}.")
    return value
