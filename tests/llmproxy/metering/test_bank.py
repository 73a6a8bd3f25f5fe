"""What the store grants is used or goes back, also where whoever asked for it has left meanwhile."""

import asyncio
from collections.abc import Sequence

import pytest

from llmproxy.metering import bank as banks
from llmproxy.metering.bank import Bank
from llmproxy.metering.meter import Answer, Ask, Meter


class SlowStore:
    """Grants what is asked for when it is let; knows what each meter holds."""

    counts_use = True

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.asked = asyncio.Event()
        self.held: dict[str, int] = {}

    async def exchange(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        self.asked.set()
        await self.answers.wait()
        return [self._answer(ask) for ask in asks]

    def _answer(self, ask: Ask) -> Answer:
        for report in ask.reports:
            self.held[ask.meter.subject] = report.held - report.used
        self.held[ask.meter.subject] = self.held.get(ask.meter.subject, 0) + ask.owed
        return Answer(0, ask.owed, 60.0, 100, 100 - ask.owed, None)

    def is_due(self, meter: Meter, now: float) -> bool:
        return meter.current is not None and meter.current.free > 0 and meter.is_idle(now)

    def oldest(self, meter: Meter) -> int:
        return 0

    def bucket(self, meter: Meter) -> int:
        return 0

    def wants_word(self, now: float) -> bool:
        return False


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long, and what is idle is looked at and forgotten at once."""
    monkeypatch.setattr(banks, "BEAT_SECONDS", 0.005)
    monkeypatch.setattr(banks, "SWEEP_SECONDS", 0.01)


@pytest.mark.usefixtures("hurried")
async def test_what_is_granted_to_somebody_who_left_goes_back() -> None:
    store = SlowStore()
    bank = Bank(store)
    meter = bank.meter("budget", object(), "ann")
    meter.idle_seconds = 0.05
    asking = asyncio.ensure_future(bank.take(meter, 40))
    await store.asked.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await asyncio.sleep(0.1)  # beats and sweeps pass while the store thinks
    assert bank.meter("budget", meter.rule, "ann") is meter, "one meter speaks for one subject"
    store.answers.set()
    async with asyncio.timeout(5):
        while store.held.get("ann") != 0:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await bank.close()
