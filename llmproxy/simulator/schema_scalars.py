"""Strings and numbers within a schema's bounds."""

import math
import uuid
from typing import Any

from llmproxy.simulator.dice import Dice
from llmproxy.simulator.schema_document import Schema, Unsatisfiable
from llmproxy.simulator.text import words

LONGEST = 10_000
SPAN = 100


def string(rules: Schema, dice: Dice) -> str:
    """A text of the asked format and length. Raises Unsatisfiable."""
    shortest, longest = rules.get("minLength", 0), rules.get("maxLength", LONGEST)
    if shortest > min(longest, LONGEST):
        raise Unsatisfiable("no string can have the asked length")
    made = _formatted(rules.get("format"), dice)
    if made is None:
        made = words(dice)
        while len(made) < shortest:
            made += " " + words(dice)
        return made[: int(longest)]
    if not shortest <= len(made) <= longest:
        raise Unsatisfiable("the format does not fit the asked length")
    return made


def number(rules: Schema, dice: Dice) -> int | float:
    """A number within its bounds; whole where a whole one fits. Raises Unsatisfiable."""
    try:
        return integer(rules, dice)
    except Unsatisfiable:
        if "multipleOf" in rules:
            raise
    low = max(rules.get("minimum", -math.inf), rules.get("exclusiveMinimum", -math.inf))
    high = min(rules.get("maximum", math.inf), rules.get("exclusiveMaximum", math.inf))
    if low > high:
        raise Unsatisfiable("no number lies within the bounds")
    return float(low + (high - low) / 2)


def integer(rules: Schema, dice: Dice) -> int | float:
    """A multiple of `multipleOf` (1 where there is none) within the bounds. Raises Unsatisfiable."""
    step = rules.get("multipleOf", 1)
    if not step > 0:
        raise Unsatisfiable("'multipleOf' must be above 0")
    low, high = _lowest(rules, step), _highest(rules, step)
    if low is None:
        low = 0 if high is None else min(0, high - SPAN)
    if high is None:
        high = low + SPAN
    if low > high:
        raise Unsatisfiable("no number lies within the bounds")
    made: int | float = (low + dice.below(min(high - low, SPAN) + 1)) * step
    return made


def _lowest(rules: Schema, step: Any) -> int | None:
    bounds = [math.ceil(rules["minimum"] / step)] if "minimum" in rules else []
    if "exclusiveMinimum" in rules:
        bounds.append(math.floor(rules["exclusiveMinimum"] / step) + 1)
    return max(bounds, default=None)


def _highest(rules: Schema, step: Any) -> int | None:
    bounds = [math.floor(rules["maximum"] / step)] if "maximum" in rules else []
    if "exclusiveMaximum" in rules:
        bounds.append(math.ceil(rules["exclusiveMaximum"] / step) - 1)
    return min(bounds, default=None)


def _formatted(name: object, dice: Dice) -> str | None:
    day = f"20{10 + dice.below(20)}-{1 + dice.below(12):02}-{1 + dice.below(28):02}"
    hour = f"{dice.below(24):02}:{dice.below(60):02}:{dice.below(60):02}Z"
    made = {
        "date": day,
        "time": hour,
        "date-time": f"{day}T{hour}",
        "duration": f"P{1 + dice.below(30)}D",
        "email": f"person{dice.below(1000)}@example.com",
        "hostname": f"host{dice.below(1000)}.example.com",
        "ipv4": f"192.0.2.{1 + dice.below(254)}",
        "ipv6": f"2001:db8::{1 + dice.below(9999)}",
        "uri": f"https://example.com/{dice.below(1000)}",
        "uuid": str(uuid.UUID(int=dice.below(1 << 64) << 64 | dice.below(1 << 64), version=4)),
    }
    return made.get(str(name))
