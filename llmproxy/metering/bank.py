"""A bank: all meters of one kind in this process, and the one conversation with the store that fills them."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from llmproxy.metering.meter import Answer, Ask, Meter, Slice

BEAT_SECONDS = 0.25
PATIENCE_SECONDS = 5.0
AT_ONCE = 200
ATTEMPTS = 50
SWEEP_SECONDS = 30.0
PAUSE_SECONDS = 0.05
# A store that did not answer is left alone for so long: nobody waits for it again and again.
AWAY_SECONDS = 1.0


class StoreFailed(Exception):
    """The store cannot be asked now."""


class Exhausted(Exception):
    """It does not fit: the store said so. `amount` is what did not."""

    def __init__(self, meter: Meter, amount: int) -> None:
        super().__init__(meter.subject)
        self.meter = meter
        self.amount = amount


class Store(Protocol):
    """Who grants leases. One conversation at a time."""

    async def exchange(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """One answer for each question, in their order. Raises StoreFailed."""

    def is_due(self, meter: Meter, now: float) -> bool:
        """Whether to talk about a meter though nobody waits: to report, to renew, to give back."""

    def oldest(self, meter: Meter) -> int:
        """The first bucket that the store may still ask about."""

    def bucket(self, meter: Meter) -> int:
        """The bucket in which what is used now is counted."""

    def wants_word(self, now: float) -> bool:
        """Whether to ask about any meter, to notice that the store lost what it knew."""

    @property
    def counts_use(self) -> bool:
        """Whether it is told of what is used, besides of what is held."""


class Bank:
    """Meters and their store. Lives on one event loop; `close` it there.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self.clock = clock
        self._meters: dict[tuple[str, str], Meter] = {}
        self._active: set[Meter] = set()
        self._due: set[Meter] = set()
        self._asked: set[Meter] = set()  # what the store answers about right now
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._away_until = float("-inf")
        self._swept_at = clock()

    def meter(self, kind: str, rule: Any, subject: str) -> Meter:
        """The one of a rule and a subject. `kind` names the rule and its window: under another one it counts anew."""
        key = (kind, subject)
        found = self._meters.get(key)
        if found is None:
            found = self._meters[key] = Meter(rule, subject, key)
        else:
            found.rule = rule
        return found

    def is_away(self) -> bool:
        """Whether the store did not answer a moment ago."""
        return self.clock() < self._away_until

    def take_at_once(self, meter: Meter, amount: int) -> Slice | None:
        """Reserve from memory; None where the store must be asked first."""
        now = self.clock()
        taken = meter.take(amount, now)
        if taken is not None and meter.is_low(now):
            self._wake(meter)
        return taken

    async def take(self, meter: Meter, amount: int) -> Slice:
        """Reserve, after asking the store where memory does not suffice.

        Raises:
            Exhausted: it does not fit.
            StoreFailed: the store cannot be asked, or not in time.
        """
        meter.users += 1
        try:
            return await self._taken(meter, amount, self.clock() + PATIENCE_SECONDS)
        finally:
            meter.users -= 1

    async def _taken(self, meter: Meter, amount: int, deadline: float) -> Slice:
        for _ in range(ATTEMPTS):
            if (taken := self.take_at_once(meter, amount)) is not None:
                return taken
            if meter.refuses(amount, self.clock()):
                raise Exhausted(meter, amount)
            await self._filled(meter, amount, deadline - self.clock())
            if meter.answer is not None and meter.answer.settling:
                await asyncio.sleep(PAUSE_SECONDS)
        raise StoreFailed("the lease was always gone before it could be used")

    def overdraw(self, meter: Meter, amount: int) -> Slice:
        """Reserve what is not there: for rules that tell and do not refuse."""
        held = meter.slice_of(self._store.bucket(meter))
        held.reserved += amount
        held.changed = True
        meter.taken_at = self.clock()
        self._active.add(meter)
        self._beat_on()
        return held

    def settle(self, meter: Meter, held: Slice, reserved: int, used: int) -> None:
        """A call is over: keep what it used, free the rest."""
        held.settle(reserved, used)
        if self._store.counts_use:
            held.changed = True
        self._active.add(meter)
        self._beat_on()

    async def close(self) -> None:
        """Give everything back that no call holds, and stop."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            await asyncio.wait({self._task})
        for meter in self._active:
            meter.taken_at = float("-inf")
        if self._active:
            self._due |= self._active
            await self._converse()

    async def _filled(self, meter: Meter, amount: int, seconds: float) -> None:
        if self.is_away():
            raise StoreFailed("the store did not answer a moment ago")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        meter.waiting.append((amount, future))
        self._wake(meter)
        try:
            async with asyncio.timeout(max(seconds, 0.01)):
                await future
        except TimeoutError as error:
            raise StoreFailed("the store did not answer in time") from error
        finally:
            meter.waiting = [entry for entry in meter.waiting if entry[1] is not future]

    def _wake(self, meter: Meter) -> None:
        self._due.add(meter)
        self._active.add(meter)
        self._talk()
        self._beat_on()

    def _beat_on(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        self._timer = None
        now = self.clock()
        for meter in list(self._active):
            if self._store.is_due(meter, now):
                self._due.add(meter)
            elif meter.is_quiet(now) and meter not in self._asked:
                self._active.discard(meter)
        if now - self._swept_at > SWEEP_SECONDS:
            self._sweep(now)
        if self._meters and self._store.wants_word(now):
            self._due.add(next(iter(self._meters.values())))
        if self._due:
            self._talk()
        if self._meters:
            self._beat_on()

    def _sweep(self, now: float) -> None:
        """Forget meters whose past no longer matters."""
        self._swept_at = now
        for meter in list(self._meters.values()):
            meter.forget(self._store.oldest(meter))
            if not meter.slices and meter.is_quiet(now) and meter not in self._asked:
                del self._meters[meter.key]

    def _talk(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._converse())

    async def _converse(self) -> None:
        while self._due:
            batch = [self._due.pop() for _ in range(min(AT_ONCE, len(self._due)))]
            now = self.clock()
            asks = [meter.ask(now) for meter in batch]
            self._asked = set(batch)
            try:
                answers = await self._store.exchange(asks)
            except StoreFailed as error:
                self._away_until = self.clock() + AWAY_SECONDS
                for ask in asks:
                    ask.meter.lost()
                    ask.release(error)
                continue
            finally:
                self._asked = set()
            for ask, answer in zip(asks, answers, strict=True):
                ask.meter.take_in(answer, now, ask.need)
                ask.release()
            if any(answer.reborn for answer in answers):
                for meter in self._meters.values():
                    meter.lost()
                    self._due.add(meter)
