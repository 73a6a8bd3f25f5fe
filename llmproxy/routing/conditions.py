"""Which calls a place of a route takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from llmproxy.routing.ask import Ask
from llmproxy.routing.fault import BadRule
from llmproxy.routing.times import Times, times

MOST_VALUES = 100
LONGEST_VALUE = 200
MOST_TOKENS = 100_000_000
KNOWN = ("organisations", "teams", "metadata", "headers", "prompt_tokens", "needs", "times")
Wanted = tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """All that are given must hold; of several values of one, any."""

    organisations: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    metadata: Wanted = ()
    headers: Wanted = ()
    fewest_tokens: int = 0
    most_tokens: int | None = None
    needs: frozenset[str] = frozenset()
    times: Times | None = None

    def __bool__(self) -> bool:
        return self is not NONE

    def missed(self, ask: Ask) -> str | None:
        """Why a place with these conditions does not take the call; None where it does."""
        return self._of_caller(ask) or self._of_request(ask) or self._of_size(ask)

    def _of_caller(self, ask: Ask) -> str | None:
        if self.organisations and ask.organisation not in self.organisations:
            return "it takes calls of other organisations"
        if self.teams and ask.team not in self.teams:
            return "it takes calls of other teams"
        if self.times is not None and not self.times.hold(ask.at):
            return f"it takes calls {self.times}"
        return None

    def _of_request(self, ask: Ask) -> str | None:
        for name, wanted in self.metadata:
            if ask.metadata.get(name) not in wanted:
                return f"metadata.{name} is not {_listed(wanted)}"
        for name, wanted in self.headers:
            if ask.headers.get(name) not in wanted:
                return f"the header {name} is not {_listed(wanted)}"
        return None

    def _of_size(self, ask: Ask) -> str | None:
        if ask.prompt_tokens < self.fewest_tokens:
            return f"it takes prompts from {self.fewest_tokens} tokens, this one has about {ask.prompt_tokens}"
        if self.most_tokens is not None and ask.prompt_tokens > self.most_tokens:
            return f"it takes prompts up to {self.most_tokens} tokens, this one has about {ask.prompt_tokens}"
        if self.needs and not self.needs <= ask.needs:
            return f"it takes calls that need {_listed(self.needs)}"
        return None


NONE = Conditions()


def conditions(value: Any) -> Conditions:
    """From the JSON object on a row (docs/routing.md). Raises BadRule."""
    if not isinstance(value, Mapping):
        raise BadRule(f"An object with any of {', '.join(KNOWN)}.")
    if unknown := sorted(set(value) - set(KNOWN)):
        raise BadRule(f"{unknown[0]!r} is no condition. Known are {', '.join(KNOWN)}.")
    if not value:
        return NONE
    fewest, most = _tokens(value.get("prompt_tokens"))
    return Conditions(
        organisations=_given(value, "organisations", values),
        teams=_given(value, "teams", values),
        metadata=_wanted(value, "metadata", lambda name: name),
        headers=_wanted(value, "headers", lambda name: name.lower()),
        fewest_tokens=fewest,
        most_tokens=most,
        needs=_given(value, "needs", values),
        times=times(value["times"]) if "times" in value else None,
    )


def values(name: str, value: Any) -> frozenset[str]:
    """A text or a list of texts, as a set. Raises BadRule."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_VALUES:
        raise BadRule(f"{name}: a text, or a list of 1 to {MOST_VALUES} texts.")
    if not all(isinstance(text, str) and 0 < len(text) <= LONGEST_VALUE for text in listed):
        raise BadRule(f"{name}: each value is a text of 1 to {LONGEST_VALUE} characters.")
    return frozenset(listed)


def _given(value: Mapping[str, Any], name: str, read: Callable[[str, Any], frozenset[str]]) -> frozenset[str]:
    return read(name, value[name]) if name in value else frozenset()


def _wanted(value: Mapping[str, Any], name: str, normal: Callable[[str], str]) -> Wanted:
    given = value.get(name, {})
    if not isinstance(given, Mapping) or len(given) > MOST_VALUES:
        raise BadRule(f'{name}: an object such as {{"tier": ["gold", "silver"]}}.')
    return tuple((normal(str(key)), values(f"{name}.{key}", wanted)) for key, wanted in given.items())


def _tokens(value: Any) -> tuple[int, int | None]:
    if value is None:
        return 0, None
    if not isinstance(value, Mapping) or not value or set(value) - {"min", "max"}:
        raise BadRule('prompt_tokens: an object such as {"min": 0, "max": 8000}.')
    for name, number in value.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST_TOKENS:
            raise BadRule(f"prompt_tokens.{name}: a whole number from 0 to {MOST_TOKENS}.")
    fewest, most = value.get("min", 0), value.get("max")
    if most is not None and fewest > most:
        raise BadRule(f"prompt_tokens: no prompt has at least {fewest} and at most {most} tokens.")
    return fewest, most


def _listed(wanted: frozenset[str]) -> str:
    return " or ".join(sorted(wanted))
