"""Ready-made rows: one TOML file a provider, read once. Adding one is adding a file (and a line in docs/presets.md)."""

from llmproxy.presets.emblem import BY_HAND, Emblem
from llmproxy.presets.loading import PRESETS, preset
from llmproxy.presets.preset import Ask, BadAnswer, Preset, Way

__all__ = ["BY_HAND", "PRESETS", "Ask", "BadAnswer", "Emblem", "Preset", "Way", "preset"]
