"""Copies of a call that a provider may bill beside the one that answers: hedges, shadows, answers that were filtered.

Budgets reserve for each, and it is on record, before it is sent; when it is over, it is settled as a call is. In the
ledger it is a row of its own.
"""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llmproxy.catalog import Deployment
from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.costing import ESTIMATED, is_batch, likely
from llmproxy.pricing import Price, cost_nano
from llmproxy.routing.reading import prompt_tokens
from llmproxy.wires.usage import Usage

if TYPE_CHECKING:
    from llmproxy.pipeline.admission import Admission

HEDGE, SHADOW, FILTERED = "hedge", "shadow", "filtered"


@dataclass(slots=True, eq=False)
class Copy:
    """One copy of a call.

    Attributes:
        deployment: where it goes; None while a hedge has none yet, which may then cost as much as the call.
        attempts: of a hedge the two that raced: whichever does not serve the call is the copy.
        admitted: those that reserved for it and have to hear of its end.
        notes: what its end puts on record besides.
        record_id: of the record of its beginning; "" where that could not be kept and the policy goes on then.
        usage: what it used; None: nothing.
    """

    kind: str
    call: Call
    deployment: Deployment | None = None
    attempts: tuple[Attempt, ...] = ()
    started: float = field(default_factory=time.perf_counter)
    admitted: "list[Admission]" = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    record_id: str = ""
    usage: Usage | None = None

    @property
    def price(self) -> Price | None:
        """Of where it went."""
        return None if self.deployment is None else self.deployment.price

    @property
    def cost(self) -> int | None:
        """Nano-dollars; None where it is unknown, 0 where nothing was used."""
        if self.usage is None:
            return 0
        return cost_nano(self.usage, self.price, self.call.units, batch=is_batch(self.call))

    def estimate(self, usage: Usage) -> None:
        """What it used nobody reports: this is likely."""
        self.usage = likely(self.call, usage)
        self.notes["usage"] = ESTIMATED

    def reports(self, usage: Usage) -> None:
        """What it used, as its provider says."""
        self.usage = usage
        self.notes.pop("usage", None)


def lost(copy: Copy) -> Attempt:
    """Of the two attempts that raced the one that does not serve the call, and settle what it used.

    One that was cut is taken to have used what the other did: both did the same work. Where the other has nothing to
    tell either, the prompt was read at least. One that failed, or never left the house, used nothing.
    """
    first, second = copy.attempts
    loser = first if second is copy.call.attempt else second
    copy.deployment = loser.deployment
    if loser.sent and loser.failure is None:
        copy.estimate(copy.call.usage or Usage(input=prompt_tokens(copy.call.body)))
    return loser
