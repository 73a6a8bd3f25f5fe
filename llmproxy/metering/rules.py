"""Rules as the hot path holds them: a limit, a budget."""

from dataclasses import dataclass

from llmproxy.metering.scope import Scope

REQUESTS, TOKENS, PARALLEL = "requests", "tokens", "parallel"
REFUSE, ADMIT = "refuse", "admit"


@dataclass(frozen=True, slots=True)
class LimitRule:
    """So many requests, tokens or parallel calls.

    Attributes:
        window: minute, hour or day; "" for parallel calls.
        shadow: it is counted and goes on record, and refuses nobody.
        when_away: refuse or admit, while the store cannot be asked.
        whose: in words, whose limit it is.
    """

    id: str
    name: str
    scope: Scope
    unit: str
    amount: int
    window: str = ""
    shadow: bool = False
    when_away: str = REFUSE
    whose: str = ""

    @property
    def said(self) -> str:
        """`60 requests a minute`, `5 parallel calls`."""
        if self.unit == PARALLEL:
            return f"{self.amount} parallel call{'' if self.amount == 1 else 's'}"
        unit = self.unit[:-1] if self.amount == 1 else self.unit
        return f"{self.amount:,} {unit} a{'n' if self.window == 'hour' else ''} {self.window}"


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """So much money in a window. What it is at the moment, with increases, the store knows.

    Attributes:
        amount: nano-dollars.
        hard: it refuses; a soft one only tells.
        unknown_price: refuse or admit models without a known price.
        default_output: tokens to reserve where the client names no maximum; None: what the model can.
        named: it is about the tokens that name it, and they are good for nothing without it.
    """

    id: str
    name: str
    scope: Scope
    amount: int
    window: str
    hard: bool = True
    unknown_price: str = REFUSE
    default_output: int | None = None
    whose: str = ""
    named: bool = False
