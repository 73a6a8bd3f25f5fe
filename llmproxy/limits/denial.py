"""A limit's no, in words that tell a developer what to do next."""

import math

from llmproxy.errors import LargerThanLimit, LimitExceeded
from llmproxy.metering.meter import Meter
from llmproxy.metering.rules import PARALLEL, TOKENS, LimitRule


def denied(meter: Meter, amount: int) -> LimitExceeded | LargerThanLimit:
    """Why a call of `amount` is refused, how much is left, when to try again."""
    rule: LimitRule = meter.rule
    about = f"Limit “{rule.name}”: {rule.said} for {rule.whose}."
    if amount > rule.amount:
        return _too_large(rule, about, amount)
    left = meter.left()
    wait = max(1, math.ceil(_wait(meter)))
    if rule.unit == PARALLEL:
        said = f"{rule.amount - left} are running, {left} left. A place is free as soon as one of them ends."
        advice = "Make fewer calls at once, or ask an administrator for more."
    else:
        needs = f", and this call may need {amount:,}" if rule.unit == TOKENS else ""
        said = f"{left:,} of {rule.amount:,} left{needs}. Enough is free in {_in_words(wait)}."
        advice = _advice(rule)
    error = LimitExceeded(f"{about} {said} {advice}")
    error.headers = {**error.headers, "Retry-After": str(wait)}
    error.rule, error.remaining, error.resets_at = rule.id, left, wait
    return error


def _in_words(seconds: int) -> str:
    """`12 s`, `62 min`, `23 h`: rounded up, so that nobody comes too early."""
    if seconds < 120:
        return f"{seconds} s"
    return f"{math.ceil(seconds / 60)} min" if seconds < 7200 else f"{math.ceil(seconds / 3600)} h"


def _wait(meter: Meter) -> float:
    answer = meter.answer
    if answer is None or answer.resets_seconds is None:
        return 1.0
    return answer.resets_seconds


def _advice(rule: LimitRule) -> str:
    if rule.unit == TOKENS:
        return "Wait so long and try again, lower the maximum of output tokens, or ask an administrator for more."
    return "Wait so long and try again, or ask an administrator for more."


def _too_large(rule: LimitRule, about: str, amount: int) -> LargerThanLimit:
    error = LargerThanLimit(
        f"{about} This call alone may need {amount:,}, so waiting does not help. Send a shorter prompt, set a lower "
        "maximum of output tokens, or ask an administrator for more."
    )
    error.rule, error.remaining = rule.id, rule.amount
    return error
