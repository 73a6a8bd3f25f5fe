"""A meter: what this process may still give out of one limit or budget for one subject, without asking anybody."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# What was asked for and refused is refused again for so long without asking the store.
REFUSED_SECONDS = 1.0
# A process leases ahead what it used in so many seconds.
AHEAD_SECONDS = 2.0
IDLE_SECONDS = 2.0


@dataclass(slots=True, eq=False)
class Slice:
    """What was leased in one bucket of the store.

    Attributes:
        bucket: the store's number of it.
        held: leased in all, what was used included.
        used: gone for good; reserved: held for calls that run.
        valid_until: seconds on the monotonic clock; nothing new is taken out of it afterwards.
        changed: the store does not know yet how it stands.
    """

    bucket: int
    held: int = 0
    used: int = 0
    reserved: int = 0
    valid_until: float = 0.0
    changed: bool = False

    @property
    def free(self) -> int:
        """What may be taken; below 0 where calls used more than was reserved for them."""
        return self.held - self.used - self.reserved

    def return_free(self) -> None:
        """Let go of what no call needs; what was used beyond the lease is owned up to."""
        needed = self.used + self.reserved
        if self.held != needed:
            self.held, self.changed = needed, True

    def keep(self, most: int) -> None:
        """Let go of what is held beyond `most` and not needed."""
        held = max(self.used + self.reserved, min(self.held, most))
        if held != self.held:
            self.held, self.changed = held, True

    def settle(self, reserved: int, used: int) -> None:
        """A call is over. What it used beyond its reservation is owned up to."""
        self.reserved -= reserved
        self.used += used
        if self.free < 0:
            self.held, self.changed = self.used + self.reserved, True


class Report(NamedTuple):
    """How one slice stands, absolutely: saying it twice does no harm."""

    bucket: int
    held: int
    used: int


class Ask(NamedTuple):
    """What a process tells the store of one meter, and wants of it.

    Attributes:
        need: the least that helps anybody; 0 where nobody waits.
        owed: what those who wait need together.
        want: with what is likely to be needed soon.
        waiters: those who wait for this answer, and for no other.
    """

    meter: "Meter"
    reports: Sequence[Report]
    need: int
    owed: int
    want: int
    waiters: "Sequence[asyncio.Future[None]]" = ()

    def release(self, error: Exception | None = None) -> None:
        """Let those who wait look again, or fail."""
        for future in self.waiters:
            if not future.done():
                future.set_result(None) if error is None else future.set_exception(error)


class Answer(NamedTuple):
    """What the store says.

    Attributes:
        bucket, granted, valid_seconds: the lease, counted from when the question was sent.
        limit, left: of the whole, after this grant; `left` may be below 0.
        resets_seconds: until what was refused would fit, or until everything is free again; None: never by itself.
        settling: the store was lost and waits to hear from everybody: nothing is granted, nothing is refused.
        reborn: the store turned out to have lost what it knew, or may have.
    """

    bucket: int
    granted: int
    valid_seconds: float
    limit: int
    left: int
    resets_seconds: float | None
    settling: bool = False
    reborn: bool = False


@dataclass(slots=True, eq=False)
class Meter:
    """One per rule and subject. Lives on the event loop alone, so it needs no lock.

    Attributes:
        rule: as the store takes it; `key` tells the meter apart from all others.
        waiting: who waits for the store, and for how much; `users`: how many are about to take something.
        idle_seconds: what is not used for so long goes back.
    """

    rule: Any
    subject: str
    key: tuple[str, str]
    current: Slice | None = None
    slices: list[Slice] = field(default_factory=list)
    demand: int = 0
    pace: float = 0.0
    low_water: int = 0
    asked_at: float = 0.0
    taken_at: float = 0.0
    answer: Answer | None = None
    answered_at: float = 0.0
    refused_at: float = float("-inf")
    refused: int = 0
    waiting: list[tuple[int, "asyncio.Future[None]"]] = field(default_factory=list)
    users: int = 0
    idle_seconds: float = IDLE_SECONDS

    def take(self, amount: int, now: float) -> Slice | None:
        """Reserve `amount` out of the current slice; None where it does not fit."""
        current = self.current
        if current is None or now >= current.valid_until or current.held - current.used - current.reserved < amount:
            return None
        current.reserved += amount
        self.demand += amount
        self.taken_at = now
        return current

    def refuses(self, amount: int, now: float) -> bool:
        """Whether the store said a moment ago that so much is not there."""
        return amount >= self.refused and now - self.refused_at < REFUSED_SECONDS

    def is_low(self, now: float) -> bool:
        """Whether to ask for more before it is too late."""
        current = self.current
        return current is None or current.free < self.low_water or now > current.valid_until - AHEAD_SECONDS / 4

    def is_idle(self, now: float) -> bool:
        """Whether nothing was taken for a while."""
        return now - self.taken_at > self.idle_seconds

    def left(self) -> int:
        """The best knowledge of what is left of the whole."""
        known = 0 if self.answer is None else self.answer.left
        return max(0, known + (0 if self.current is None else self.current.free))

    def ask(self, now: float) -> Ask:
        """What to tell the store now. Lets go of what is free in old slices, and in all of them when idle."""
        self._learn_pace(now)
        idle = self.is_idle(now) and not self.users
        for held in self.slices:
            if idle or held is not self.current or now >= held.valid_until:
                held.return_free()
        reports = [Report(one.bucket, one.held, one.used) for one in self.slices if one.changed]
        for one in self.slices:
            one.changed = False
        waiting, self.waiting = self.waiting, []
        amounts = [amount for amount, _ in waiting]
        owed = sum(amounts)
        ahead = 0 if idle or not (amounts or self.is_low(now)) else int(self.pace * AHEAD_SECONDS)
        self.asked_at = now
        waiters = [future for _, future in waiting]
        return Ask(self, reports, min(amounts, default=0), owed, owed + ahead, waiters)

    def everything(self) -> list[Report]:
        """How all slices stand, for a store that lost what it knew."""
        return [Report(one.bucket, one.held, one.used) for one in self.slices]

    def lost(self) -> None:
        """The store did not answer: it may or may not know what it was told."""
        for one in self.slices:
            one.changed = True

    def take_in(self, answer: Answer, sent: float, need: int) -> None:
        """What the store said to a question sent at `sent`."""
        self.answer, self.answered_at = answer, sent
        if answer.granted:
            self._add(answer, sent)
            return
        self.low_water //= 2
        if need and not answer.settling:
            self.refused, self.refused_at = need, sent

    def is_quiet(self, now: float) -> bool:
        """Whether nothing about it has to be done."""
        if self.users or not self.is_idle(now) or now - self.refused_at < REFUSED_SECONDS:
            return False
        return not any(one.free or one.reserved or one.changed for one in self.slices)

    def forget(self, oldest: int) -> None:
        """Drop slices of buckets before `oldest` that no call holds and the store knows of."""
        self.slices = [one for one in self.slices if one.bucket >= oldest or one.reserved or one.changed]
        if self.current not in self.slices:
            self.current = None

    def slice_of(self, bucket: int) -> Slice:
        """The slice of a bucket, which is the current one from now on."""
        current = self.current
        if current is None or current.bucket != bucket:
            current = next((one for one in self.slices if one.bucket == bucket), None)
            if current is None:
                current = Slice(bucket)
                self.slices.append(current)
            self.current = current
        return current

    def _add(self, answer: Answer, sent: float) -> None:
        current = self.slice_of(answer.bucket)
        current.held += answer.granted
        current.valid_until = sent + answer.valid_seconds
        self.low_water = max(answer.granted // 2, self.low_water // 2)

    def _learn_pace(self, now: float) -> None:
        elapsed = max(now - self.asked_at, 0.05)
        self.pace = max(self.demand / elapsed, self.pace / 2) if self.demand else self.pace / 2
        self.demand = 0
