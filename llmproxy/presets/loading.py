"""Reading the presets from the files beside this one."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from llmproxy.presets.preset import Ask, Preset, Way


def _read(path: Path) -> Preset:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    ways = tuple(_way(way) for way in content.pop("ways"))
    return Preset(slug=path.stem, ways=ways, **content)


def _way(content: dict[str, Any]) -> Way:
    asks = {name: Ask(**ask) for name, ask in content.pop("asks", {}).items()}
    return Way(asks=asks, **content)


# Immutable, and part of the code: read once, when this module is.
PRESETS: Mapping[str, Preset] = MappingProxyType(
    {path.stem: _read(path) for path in sorted(Path(__file__).parent.glob("*.toml"))}
)


def preset(slug: str) -> Preset:
    """The preset of that slug. Raises KeyError."""
    return PRESETS[slug]
