"""Limits let calls in: out of memory in the common case, after one question to the store in the others."""

from collections.abc import Iterable
from typing import NamedTuple

from llmproxy.catalog import CatalogKeeper
from llmproxy.errors import LimitsUnavailable
from llmproxy.limits.denial import denied
from llmproxy.metering.bank import Bank, Exhausted, StoreFailed
from llmproxy.metering.meter import Meter, Slice
from llmproxy.metering.rules import ADMIT, PARALLEL, TOKENS, LimitRule
from llmproxy.metering.standing import Standing, tightest
from llmproxy.pipeline.admission import Header
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.copies import Copy
from llmproxy.pipeline.sizing import look_closer


class Held(NamedTuple):
    """What a running call holds of one limit."""

    meter: Meter
    slice: Slice
    amount: int


class LimitAdmission:
    """See pipeline.admission.Admission. One per process, on one event loop.

    Args:
        catalog: where the rules are.
        bank: the meters and their store.
    """

    def __init__(self, catalog: CatalogKeeper, bank: Bank) -> None:
        self._catalog = catalog
        self._bank = bank
        self._held: dict[Call, list[Held]] = {}

    async def admit(self, call: Call) -> None:
        """Take from every limit that the call falls under, or from none.

        Raises:
            LimitExceeded, LargerThanLimit: a limit says no.
            LimitsUnavailable: the store cannot be asked, and a rule says that nothing passes then.
        """
        facts = call.facts
        held: list[Held] = []
        try:
            for rule in self._catalog.current.rules.limits_for(facts.organisation):
                if rule.scope.covers(facts):
                    meter = self._bank.meter(f"{rule.id}:{rule.unit}:{rule.window}", rule, rule.scope.subject(facts))
                    await self._take(call, rule, meter, held)
        except BaseException:
            self._give_back(held)
            raise
        if held:
            self._held[call] = held

    def settle(self, call: Call) -> None:
        """Requests are used up, places are free again, tokens are as many as the call used."""
        for meter, taken, amount in self._held.pop(call, ()):
            unit = meter.rule.unit
            used = amount
            if unit == PARALLEL:
                used = 0
            elif unit == TOKENS:
                used = 0 if call.usage is None else call.usage.input + call.usage.output
            self._bank.settle(meter, taken, amount, used)

    async def admit_copy(self, copy: Copy) -> None:
        """Limits are about what callers ask for; copies are the route's doing."""

    def settle_copy(self, copy: Copy) -> None:
        """See there."""

    def headers(self, call: Call) -> Iterable[Header]:
        """How the caller stands, in the client's dialect."""
        held = self._held.get(call)
        if not held:
            return ()
        standings = tightest(
            _standing(entry.meter)
            for entry in held
            if entry.meter.rule.unit != PARALLEL and not entry.meter.rule.shadow
        )
        return call.speaks.dialect.limit_headers(standings.values())

    async def close(self) -> None:
        """Give back what is not used."""
        await self._bank.close()

    async def _take(self, call: Call, rule: LimitRule, meter: Meter, held: list[Held]) -> None:
        amount = call.bounds.total if rule.unit == TOKENS else 1
        taken = self._bank.take_at_once(meter, amount)
        if taken is None:
            try:
                amount, taken = await self._asked(call, rule, meter, amount)
            except Exhausted as full:
                self._refuse(call, rule, meter, full.amount)
                return
            except StoreFailed as failure:
                if rule.when_away == ADMIT or rule.shadow:
                    call.notes.setdefault("unlimited", []).append(rule.id)
                    return
                raise LimitsUnavailable from failure
        held.append(Held(meter, taken, amount))

    async def _asked(self, call: Call, rule: LimitRule, meter: Meter, amount: int) -> tuple[int, Slice]:
        if amount <= rule.amount:
            try:
                return amount, await self._bank.take(meter, amount)
            except Exhausted:
                if rule.unit != TOKENS or call.bounds.close:
                    raise
        if rule.unit == TOKENS and not call.bounds.close:
            await look_closer(call)
            amount = call.bounds.total
        if amount > rule.amount:
            raise Exhausted(meter, amount)
        return amount, await self._bank.take(meter, amount)

    def _refuse(self, call: Call, rule: LimitRule, meter: Meter, amount: int) -> None:
        error = denied(meter, amount)
        if rule.shadow:
            call.notes.setdefault("would_refuse", []).append({"rule": rule.id, "name": rule.name})
            return
        if rule.unit != PARALLEL:
            standing = _standing(meter)
            headers = call.speaks.dialect.limit_headers([standing._replace(left=min(standing.left, amount - 1))])
            error.headers |= {name.decode(): value.decode() for name, value in headers}
        raise error

    def _give_back(self, held: list[Held]) -> None:
        for meter, taken, amount in held:
            self._bank.settle(meter, taken, amount, 0)


def _standing(meter: Meter) -> Standing:
    rule: LimitRule = meter.rule
    answer = meter.answer
    resets = 0.0 if answer is None or answer.resets_seconds is None else answer.resets_seconds
    return Standing(rule.unit, rule.amount, meter.left(), resets)
