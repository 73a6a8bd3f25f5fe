"""What a preset is, and how a row comes out of it and a person's answers. Pure."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmproxy.presets.emblem import Emblem

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# What may be typed: parts of host names, parts of paths (SECURITY 4.1.2); the row's own checks judge URLs and headers.
FORMS = {
    "label": (re.compile(r"[A-Za-z0-9-]{1,63}"), "letters, digits and dashes"),
    "name": (re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"), "letters, digits, dots, dashes and underscores"),
    "url": (re.compile(r"https?://[!-~]{1,480}"), "a URL that starts with https:// (or http:// on a private address)"),
    "text": (re.compile(r"[!-~]([ -~]{0,498}[!-~])?"), "printable ASCII"),
}


class BadAnswer(ValueError):
    """`ask` is the name of the question, `str()` a plain sentence."""

    def __init__(self, ask: str, message: str) -> None:
        super().__init__(message)
        self.ask = ask


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that only the person knows."""

    label: str
    form: str = "label"
    default: str = ""
    example: str = ""
    optional: bool = False

    def checked(self, name: str, answer: str) -> str:
        """The answer, or the default. Raises BadAnswer."""
        answer = answer.strip() or self.default
        if not answer and self.optional:
            return ""
        pattern, words = FORMS[self.form]
        if not pattern.fullmatch(answer):
            raise BadAnswer(name, f"{self.label}: {words}.")
        return answer


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach a provider: a wire, an address, a scheme."""

    label: str
    wire: str
    base_url: str
    auth_scheme: str = "bearer"
    auth_header_name: str = ""
    adapter: str = "standard"
    discovery_path: str = "models"
    options: Mapping[str, str] = field(default_factory=dict)
    quirks: Mapping[str, Any] = field(default_factory=dict)
    more_wires: list[str] = field(default_factory=list)
    asks: Mapping[str, Ask] = field(default_factory=dict)

    def row(self, answers: Mapping[str, str]) -> dict[str, Any]:
        """The fields of a provider's row. Raises BadAnswer."""
        given = {name: ask.checked(name, answers.get(name, "")) for name, ask in self.asks.items()}
        row: dict[str, Any] = {
            name: _filled(getattr(self, name), given) for name in ("base_url", "auth_header_name", "options", "quirks")
        }
        for name in ("wire", "auth_scheme", "adapter", "discovery_path"):
            row[name] = getattr(self, name)
        row["more_wires"] = list(self.more_wires)
        return row


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider as the gallery shows it.

    Attributes:
        emblem, hue: its sign, see Emblem.
        keys: where its keys are made; "" where there is no such page.
    """

    slug: str
    name: str
    group: str
    about: str
    documentation: str
    emblem: str
    hue: int
    ways: tuple[Way, ...]
    keys: str = ""

    @property
    def sign(self) -> Emblem:
        """How it is shown."""
        return Emblem(self.emblem, self.hue)

    def ways_over(self, wires: Container[str]) -> tuple[Way, ...]:
        """Those whose wire is spoken here, the best first."""
        return tuple(way for way in self.ways if way.wire in wires)


def _filled(value: Any, given: Mapping[str, str]) -> Any:
    """`value` with its placeholders filled in; members whose optional answer was left out are left out."""
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda found: given.get(found[1], ""), value)
    if isinstance(value, Mapping):
        filled = {name: _filled(item, given) for name, item in value.items()}
        return {name: item for name, item in filled.items() if item != "" or value[name] == ""}
    return list(value) if isinstance(value, list) else value
