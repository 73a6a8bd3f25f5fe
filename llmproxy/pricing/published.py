"""A published price table, whatever its source: entries with prices in US dollars per million tokens."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

CLASSES = ("input", "cached", "cache_write", "output", "reasoning")
MODEL_NAME = re.compile(r"[!-~][ -~]{0,199}")
HIGHEST = Decimal(1_000_000)  # dollars per million tokens; anything above is a mistake of the table


class BadTable(ValueError):
    """`str()` is a plain sentence for the person who brought the table."""


@dataclass(frozen=True)
class Entry:
    """One model of one catalogue.

    Attributes:
        catalogue: who sells it, by a short id such as `openai`.
        prices: by class of token; what is not known is not there.
        tiers: from the number of input tokens above which they hold to prices by class.
        request: US dollars a call.
        context_window, max_output: in tokens.
    """

    catalogue: str
    model: str
    name: str = ""
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    tiers: Mapping[int, Mapping[str, Decimal]] = field(default_factory=dict)
    request: Decimal = Decimal(0)
    context_window: int | None = None
    max_output: int | None = None
    capabilities: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by."""
        return self.catalogue, self.model

    @property
    def makes_sense(self) -> bool:
        """Whether it can be kept as a row."""
        values = [*self.prices.values(), self.request, *(v for tier in self.tiers.values() for v in tier.values())]
        in_range = all(value.is_finite() and 0 <= value <= HIGHEST for value in values)
        return in_range and bool(MODEL_NAME.fullmatch(self.model)) and 0 < len(self.catalogue) <= 100


@dataclass(frozen=True)
class Table:
    """All entries of a source at a version."""

    source: str
    version: str
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, source: str, version: str, entries: Iterable[Entry]) -> "Table":
        """With those that make sense, each model once, the first one wins."""
        found: dict[tuple[str, str], Entry] = {}
        for entry in entries:
            if entry.makes_sense:
                found.setdefault(entry.key, entry)
        return cls(source, version, tuple(found[key] for key in sorted(found)))

    @property
    def digest(self) -> str:
        """Of the content: what was reviewed is what is confirmed."""
        return hashlib.sha256(repr((self.source, self.version, self.entries)).encode()).hexdigest()
