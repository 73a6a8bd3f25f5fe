"""Leases in the database: whatever processes do, what is spent and what is held never exceed the budget together."""

import random
import threading
import time
import uuid
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.db.models import Sum

from llmproxy.budgets.leasing import Leasing
from llmproxy.metering.meter import Answer, Meter
from llmproxy.models import Budget, BudgetLease, BudgetPeriod

pytestmark = pytest.mark.django_db(transaction=True)
NOW = 1_795_800_000.0  # 28 November 2026


class Process:
    """A process with one meter of a budget, without an event loop."""

    def __init__(self, budget: Budget, seed: int) -> None:
        self.leasing = Leasing(uuid.uuid4(), uuid.uuid4())
        self.meter = Meter(budget.frozen(), "", (str(budget.pk), ""))
        self.draw = random.Random(seed)
        self.spent = 0

    def turn(self, now: float = NOW) -> None:
        """Take what fits, settle some of it, talk to the database, perhaps lose the answer."""
        clock = time.monotonic()
        need = self.draw.randint(1, 400)
        taken = self.meter.take(need, clock)
        if taken is not None:
            used = self.draw.randint(0, need)
            taken.settle(need, used)
            taken.changed = True
            self.spent += used
        ask = self.meter.ask(clock)._replace(need=need, owed=need, want=need * 3)
        answer: Answer = self.leasing.exchange([ask], now)[0]
        if self.draw.random() < 0.2:
            self.meter.lost()  # the answer never came: what was granted is not used, and is given back the next time
        else:
            self.meter.take_in(answer, clock, need)


def held(budget: Budget) -> int:
    spent = BudgetPeriod.objects.filter(budget=budget).aggregate(sum=Sum("spent_nano"))["sum"] or 0
    leases = BudgetLease.objects.filter(period__budget=budget)
    assert not leases.filter(amount_nano__lt=0).exists()
    return int(spent + (leases.aggregate(sum=Sum("amount_nano"))["sum"] or 0))


@pytest.mark.parametrize("window", ["month", "rolling_week", "lifetime"])
@pytest.mark.parametrize("seed", range(2))
def test_turns_in_any_order_never_exceed_the_budget(window: str, seed: int) -> None:
    budget = Budget.objects.create(name="b", amount=Decimal(10_000) / 10**9, window=window)
    processes = [Process(budget, seed * 100 + number) for number in range(4)]
    draw = random.Random(seed)
    for _ in range(30):
        draw.choice(processes).turn()
        assert held(budget) <= 10_000
    assert sum(process.spent for process in processes) <= 10_000


def test_what_was_spent_in_the_last_days_counts_in_a_rolling_window_and_then_no_more() -> None:
    budget = Budget.objects.create(name="b", amount=Decimal(1000) / 10**9, window="rolling_day")
    process = Process(budget, 1)

    def left(now: float) -> int:
        ask = process.meter.ask(time.monotonic())
        return process.leasing.exchange([ask], now)[0].left

    BudgetPeriod.objects.create(budget=budget, bucket=int(NOW) // 3600 * 3600, spent_nano=900)
    assert left(NOW) == 100
    assert left(NOW + 23 * 3600) == 100
    assert left(NOW + 25 * 3600) == 1000


def test_a_calendar_window_begins_anew() -> None:
    budget = Budget.objects.create(name="b", amount=Decimal(1000) / 10**9, window="day")
    process = Process(budget, 1)
    process.turn()
    tomorrow = process.leasing.exchange(
        [process.meter.ask(time.monotonic())._replace(need=1000, owed=1000)], NOW + 86400
    )
    assert tomorrow[0].granted == 1000


def test_processes_at_once_never_exceed_the_budget() -> None:
    """On PostgreSQL, where transactions really run side by side; SQLite in memory takes one at a time."""
    budget = Budget.objects.create(name="b", amount=Decimal(20_000) / 10**9, window="month")
    workers = 4 if connection.vendor == "postgresql" else 1
    failures: list[BaseException] = []

    def work(number: int) -> None:
        process = Process(budget, number)
        try:
            for _ in range(25):
                process.turn()
                assert held(budget) <= 20_000
        except BaseException as error:  # noqa: BLE001 (told to the test's own thread)
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert held(budget) <= 20_000
