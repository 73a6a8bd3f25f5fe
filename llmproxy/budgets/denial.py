"""A budget's no, in words that tell a developer what to do next."""

from datetime import UTC, datetime

from llmproxy.errors import BudgetExceeded, PriceUnknown
from llmproxy.metering.meter import Meter
from llmproxy.metering.rules import BudgetRule
from llmproxy.metering.windows import period_of

WINDOWS = {
    "day": "each day", "week": "each week", "month": "each month", "rolling_day": "in any 24 hours",
    "rolling_week": "in any 7 days", "rolling_month": "in any 30 days", "lifetime": "in all",
}  # fmt: skip


def dollars(nano: int) -> str:
    """`$0.000150`, `$1.30`: to the cent, and further where cents would hide something."""
    if nano and abs(nano) < 10**7:
        return f"${nano / 10**9:.6f}"
    return f"${nano / 10**9:,.2f}"


def denied(meter: Meter, amount: int, now: float) -> BudgetExceeded:
    """Why a call that may cost `amount` nano-dollars is refused. `now`: Unix seconds."""
    rule: BudgetRule = meter.rule
    limit = rule.amount if meter.answer is None else meter.answer.limit
    left, resets = meter.left(), period_of(rule.window, now).resets
    about = f"Budget “{rule.name}”: {dollars(limit)} {WINDOWS[rule.window]} for {rule.whose}."
    said = f"{dollars(left)} left, and this call may cost up to {dollars(amount)}."
    if resets is None:
        when = "It does not begin anew."
    else:
        begins = datetime.fromtimestamp(resets, UTC)
        verb = "More is free from" if rule.window.startswith("rolling") else "It begins anew on"
        when = f"{verb} {begins:%-d %B %Y %H:%M} UTC."
    advice = "Lower the maximum of output tokens, use a cheaper model, or ask an administrator for more."
    error = BudgetExceeded(f"{about} {said} {when} {advice}")
    error.rule, error.remaining, error.resets_at = rule.id, left, resets
    return error


def unpriced(rule: BudgetRule, model: str) -> PriceUnknown:
    """Why a call without a known price is refused."""
    error = PriceUnknown(
        f"Budget “{rule.name}” for {rule.whose} cannot tell what “{model}” costs: a model behind it has no price. "
        "Use another model, or ask an administrator to set its price or to let unknown prices pass."
    )
    error.rule = rule.id
    return error
