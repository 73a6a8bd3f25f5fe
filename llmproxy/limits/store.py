"""The limits' side of the shared store: leases of sliding windows and of places for parallel calls."""

import asyncio
import time
from collections.abc import Sequence
from itertools import count
from typing import Any, Protocol
from uuid import uuid4

from accounts.single_use import StoreAway
from llmproxy.limits.scripts import PARALLEL, SLIDING
from llmproxy.metering.bank import StoreFailed
from llmproxy.metering.meter import Answer, Ask, Meter
from llmproxy.metering.rules import PARALLEL as PARALLEL_CALLS
from llmproxy.metering.rules import LimitRule
from llmproxy.metering.windows import SLIDING as WINDOWS
from llmproxy.metering.windows import Sliding

LEASE_SECONDS = 30.0
RENEW_SECONDS = 10.0
REPORT_SECONDS = 0.5
# How long a store that came back waits for all processes to say what they hold.
SETTLING_SECONDS = 1.5
# At most one part in so many of what is left is leased ahead of need.
SHARE = 16
# A store that is being started again is waited for so long, in seconds.
PAUSES = (0.0, 0.1, 0.4)
LIFE = "gatehouse:limits:life"
ANSWERED, SETTLING, LATE = 0, 1, 2


class Scripts(Protocol):
    """accounts.shared_store.SharedStore."""

    async def run(self, script: str, keys: list[str], *arguments: Any) -> Any: ...


class LimitStore:
    """See metering.bank.Store.

    Args:
        shared: the store that all processes share.
        wall: seconds since the epoch, only to know which buckets are long gone.
    """

    def __init__(self, shared: Scripts, *, settling_seconds: float = SETTLING_SECONDS, wall: Any = time.time) -> None:
        self._shared = shared
        self._wall = wall
        self._settling_ms = int(settling_seconds * 1000)
        self._worker = uuid4().hex
        self._numbers = count(1)
        self._life: str | None = None
        self._heard_at = float("-inf")

    async def exchange(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """All at once. A store that turns out to have a new life is told everything about these meters again.

        What was asked may be asked twice: it says how things stand, not by how much they changed.
        """
        began = time.monotonic()
        for pause in PAUSES:
            try:
                return await self._all(asks, began)
            except StoreAway:  # perhaps a connection of its former life
                await asyncio.sleep(pause)
        try:
            return await self._all(asks, began)
        except StoreAway as error:
            raise StoreFailed("the store does not answer") from error

    async def _all(self, asks: Sequence[Ask], began: float) -> Sequence[Answer]:
        """`began`: when the bank asked, from which it counts how long a lease is valid."""
        waited = time.monotonic() - began
        answers = await asyncio.gather(*(self._one(ask) for ask in asks))
        return [answer._replace(valid_seconds=answer.valid_seconds + waited) for answer in answers]

    def is_due(self, meter: Meter, now: float) -> bool:
        """To give back what is free and will not be used, to say what was used beyond the lease, to renew places."""
        since = now - meter.asked_at
        if since < REPORT_SECONDS:
            return False
        if any(one.changed for one in meter.slices) or (meter.answer is not None and meter.answer.settling):
            return True
        if meter.rule.unit == PARALLEL_CALLS and since > RENEW_SECONDS and meter.current is not None:
            return meter.current.held > 0
        idle = meter.is_idle(now)
        return any(one.free > 0 and (idle or one is not meter.current) for one in meter.slices)

    def oldest(self, meter: Meter) -> int:
        """What the store sums up now, and two buckets more for clocks that differ."""
        if meter.rule.unit == PARALLEL_CALLS:
            return 0
        window = WINDOWS[meter.rule.window]
        return int(self._wall()) // window.seconds - window.buckets - 2

    def bucket(self, meter: Meter) -> int:
        """Only the store knows; nobody overdraws a limit."""
        return 0

    def wants_word(self, now: float) -> bool:
        """Often enough that a store which came back has heard of everything before it grants anything."""
        return now - self._heard_at > REPORT_SECONDS

    @property
    def counts_use(self) -> bool:
        """What is held is what counts."""
        return False

    async def _one(self, ask: Ask) -> Answer:
        answer = await self._said(ask)
        life = answer[6].decode()
        reborn = self._life is not None and life != self._life
        self._life, self._heard_at = life, time.monotonic()
        if reborn:
            ask = ask._replace(reports=ask.meter.everything())
            answer = await self._said(ask)
        return self._read(ask.meter.rule, answer)._replace(reborn=reborn)

    async def _said(self, ask: Ask) -> Any:
        rule: LimitRule = ask.meter.rule
        if rule.unit == PARALLEL_CALLS:
            return await self._parallel(ask, rule)
        return await self._sliding(ask, rule, WINDOWS[rule.window])

    async def _sliding(self, ask: Ask, rule: LimitRule, window: Sliding) -> Any:
        reports = [number for report in ask.reports for number in (report.bucket, report.held)]
        return await self._shared.run(
            SLIDING, self._keys(ask.meter), self._worker, self._settling_ms, next(self._numbers), rule.amount,
            window.seconds * 1000, window.buckets, ask.need, ask.owed, ask.want, SHARE, *reports,
        )  # fmt: skip

    async def _parallel(self, ask: Ask, rule: LimitRule) -> Any:
        held = ask.meter.current.held if ask.meter.current is not None else 0
        return await self._shared.run(
            PARALLEL, self._keys(ask.meter), self._worker, self._settling_ms, next(self._numbers), rule.amount,
            int(LEASE_SECONDS * 1000), ask.need, ask.owed, ask.want, SHARE, held,
        )  # fmt: skip

    def _keys(self, meter: Meter) -> list[str]:
        rule: LimitRule = meter.rule
        name = f"gatehouse:limit:{{{rule.id}:{meter.subject}}}:{rule.window or 'parallel'}"
        return [name, LIFE, f"{name}:asked"]

    def _read(self, rule: LimitRule, answer: Any) -> Answer:
        state, bucket, granted, valid_ms, left, resets_ms, _ = answer
        if state == LATE:
            raise StoreFailed("a younger question was answered first")
        resets = None if rule.unit == PARALLEL_CALLS else resets_ms / 1000
        return Answer(bucket, granted, valid_ms / 1000, rule.amount, left, resets, settling=state == SETTLING)
