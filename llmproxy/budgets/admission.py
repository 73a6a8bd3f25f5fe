"""Budgets let calls in: what a call may cost at most is reserved before it is made, and settled by what it cost."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from llmproxy.budgets.denial import denied, unpriced
from llmproxy.budgets.store import BudgetStore
from llmproxy.catalog import CatalogKeeper, Deployment
from llmproxy.errors import BudgetGone, BudgetsUnavailable
from llmproxy.metering.bank import Bank, Exhausted, StoreFailed
from llmproxy.metering.meter import Meter, Slice
from llmproxy.metering.rules import ADMIT, BudgetRule
from llmproxy.pipeline.admission import Header
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.copies import Copy
from llmproxy.pipeline.costing import cost_of
from llmproxy.pipeline.sizing import candidates, look_closer
from llmproxy.pricing.reservation import most_nano

# Below this a closer look at the input is not worth its time.
CLOSE_LOOK_TOKENS = 512
LEAST_SOUND_BYTES = 2000  # a second, at 16 kbit/s


class Held(NamedTuple):
    """What a running call holds of one budget, in nano-dollars."""

    meter: Meter
    slice: Slice
    amount: int


class BudgetAdmission:
    """See pipeline.admission.Admission. One per process, on one event loop.

    Args:
        catalog: where the rules and prices are.
        store: where leases come from.
        wall: Unix seconds.
    """

    def __init__(self, catalog: CatalogKeeper, store: BudgetStore, wall: Callable[[], float] = time.time) -> None:
        self._catalog = catalog
        self._store = store
        self._bank = Bank(store)
        self._wall = wall
        self._held: dict[Call | Copy, list[Held]] = {}

    async def admit(self, call: Call) -> None:
        """Reserve in every budget that the call falls under, or in none.

        Raises:
            BudgetExceeded: it does not fit into one of them.
            PriceUnknown: nobody knows what it costs, and a budget does not let that pass.
            BudgetGone: the caller's token names one that there is not (any more).
            BudgetsUnavailable: the database cannot be asked, and nothing passes then.
        """
        if covering := self._covering(call):
            call.is_charged = True
            await self._hold(call, _Asking(call, call.notes), covering)

    def settle(self, call: Call) -> None:
        """What the call cost is spent, the rest is free again."""
        if call in self._held:
            self._settled(call, cost_of(call) or 0)

    async def admit_copy(self, copy: Copy) -> None:
        """The same for a copy of a call: in every budget that the call falls under, or in none. Raises: see `admit`."""
        if copy.call.is_charged and (covering := self._covering(copy.call)):
            await self._hold(copy, _Asking(copy.call, copy.notes, copy.deployment), covering)

    def settle_copy(self, copy: Copy) -> None:
        """What the copy cost is spent, the rest is free again."""
        if copy in self._held:
            self._settled(copy, copy.cost or 0)

    def _covering(self, call: Call) -> list[BudgetRule]:
        facts = call.facts
        rules = self._catalog.current.rules.budgets_for(facts.organisation)
        covering = [rule for rule in rules if rule.scope.covers(facts)]
        if facts.budget and all(rule.id != facts.budget for rule in covering):
            raise BudgetGone
        return covering

    async def _hold(self, whom: Call | Copy, asking: "_Asking", covering: list[BudgetRule]) -> None:
        asking.notes["admitted"] = int(self._wall() * 1e6)
        held: list[Held] = []
        try:
            for rule in covering:
                await self._reserve(asking, rule, held)
        except BaseException:
            for meter, taken, amount in held:
                self._bank.settle(meter, taken, amount, 0)
            raise
        if held:
            # A closer look at the input may have come after the first budgets were asked. If the process dies, all are
            # charged what is on record as reserved: so none may hold less than that, nor need one hold more.
            least = held[-1].amount
            if held[0].amount != least:
                held = [self._narrowed(entry, least) for entry in held]
            self._held[whom] = held
            asking.notes["reserved"] = least

    def _narrowed(self, entry: Held, amount: int) -> Held:
        """The same with no more than `amount` reserved."""
        self._bank.settle(entry.meter, entry.slice, entry.amount - amount, 0)
        return entry._replace(amount=amount)

    def _settled(self, whom: Call | Copy, cost: int) -> None:
        for meter, taken, amount in self._held.pop(whom):
            self._bank.settle(meter, taken, amount, cost)

    def headers(self, call: Call) -> Iterable[Header]:
        """What the tightest budget has left, in US dollars."""
        held = self._held.get(call)
        if not held:
            return ()
        left = min(entry.meter.left() for entry in held)
        return ((b"x-gatehouse-budget-remaining", f"{left / 10**9:.6f}".encode()),)

    async def close(self) -> None:
        """Give back what is not used."""
        await self._bank.close()
        await self._store.close()

    async def _reserve(self, asking: "_Asking", rule: BudgetRule, held: list[Held]) -> None:
        call, amount = asking.call, self._most(asking)
        if amount is None:
            if rule.unknown_price == ADMIT or not rule.hard:
                asking.notes["unpriced"] = True
                return
            raise unpriced(rule, call.model)
        if amount == 0:  # it is free, and fits whatever is left
            return
        meter = self._bank.meter(f"{rule.id}:{rule.window}", rule, rule.scope.subject(call.facts))
        taken = self._bank.take_at_once(meter, amount)
        if taken is None:
            amount, taken = await self._asked(asking, rule, meter, amount)
        held.append(Held(meter, taken, amount))

    async def _asked(self, asking: "_Asking", rule: BudgetRule, meter: Meter, amount: int) -> tuple[int, Slice]:
        call = asking.call
        try:
            try:
                return amount, await self._bank.take(meter, amount)
            except Exhausted:
                if call.bounds.close or call.bounds.input < CLOSE_LOOK_TOKENS:
                    raise
            await look_closer(call)
            amount = self._most(asking) or 0
            return amount, await self._bank.take(meter, amount)
        except Exhausted as full:
            if not rule.hard:
                asking.notes.setdefault("over_budget", []).append(rule.id)
                return amount, self._bank.overdraw(meter, amount)
            raise denied(meter, full.amount, self._wall()) from None
        except StoreFailed as failure:
            if not rule.hard:
                return amount, self._bank.overdraw(meter, amount)
            raise BudgetsUnavailable from failure

    def _most(self, asking: "_Asking") -> int | None:
        call, bounds = asking.call, asking.call.bounds
        to = candidates(self._catalog.current, call) if asking.deployment is None else (asking.deployment,)
        prices = [deployment.price for deployment in to]
        return most_nano(prices, bounds.input, bounds.output * bounds.choices, _units(call))


class _Asking(NamedTuple):
    """Who asks for room: a call, or a copy of it.

    Attributes:
        notes: of whichever it is, for the record.
        deployment: where it goes; None: to any that may come to serve the call.
    """

    call: Call
    notes: dict[str, Any]
    deployment: Deployment | None = None


def _units(call: Call) -> Mapping[str, int]:
    """What is priced beside tokens. How long sound is at most, the size of its file says."""
    if call.units or call.route.kind != "audio":
        return call.units
    size = call.request.headers.get("content-length", "")
    return {"sound_ms": int(size) * 1000 // LEAST_SOUND_BYTES} if size.isdigit() and len(size) < 12 else {}
