"""Whoever has to do with a budget that is used up: it gets more, through the management API, again and again.

In turn its amount is changed, and an increase for a day is asked for by one person and approved by a second.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.e2e.money_load import PAID
from tests.e2e.product import Answer, Product

REFUSED = "Budget all"
PAUSE = 0.3


@dataclass
class Person:
    """Somebody who manages, with a token that is fetched anew when it is over."""

    product: Product
    username: str
    password: str
    token: str = ""

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer's body; asked again while processes are killed. Raises AssertionError for a refusal."""
        while True:
            try:
                answer = await asyncio.to_thread(self._once, method, path, body)
            except OSError:
                answer = None
            if answer is not None and answer.status < 500 and answer.status != 401:
                assert answer.status < 300, answer.body
                return answer.json()
            if answer is not None and answer.status == 401:
                self.token = ""
            await asyncio.sleep(PAUSE)

    def _once(self, method: str, path: str, body: object) -> Answer:
        if not self.token:
            login = {"username": self.username, "password": self.password, "audience": "management"}
            answer = self.product.call("POST", "/api/token/", login, credential=None)
            if answer.status != 200:
                return answer
            self.token = answer.json()["access"]
        return self.product.call(method, path, body, credential=self.token)


@dataclass
class Raising:
    """Raises the budget `all` whenever it is used up.

    Attributes:
        dearest: what the dearest call may cost, in US dollars: what is less does not pay for every call.
        step: how much more, at first; later ones are larger, so that more runs at once where the machine is fast.
        used_up: how often it was.
    """

    one: Person
    other: Person
    budget: str
    amount: Decimal
    dearest: Decimal
    step: Decimal
    used_up: int = 0
    ways: Counter[str] = field(default_factory=Counter)

    async def run(self, until: float, seen: Counter[str]) -> None:
        """Until the time is over. Raises AssertionError: the product refused an action."""
        while await self._is_used_up(until, seen):
            self.used_up += 1
            more = self.step * (1 + self.used_up // 4)
            await (self._increase(more) if self.used_up % 2 else self._change(more))

    async def _is_used_up(self, until: float, seen: Counter[str]) -> bool:
        """Whether, since the last raise, a call was answered, then one refused, and the dearest would not fit."""
        answered = seen[f"answered {PAID}"]
        while seen[f"answered {PAID}"] == answered:
            if time.monotonic() > until:
                return False
            await asyncio.sleep(PAUSE)
        refused = seen[REFUSED]
        while seen[REFUSED] == refused or await self._left() >= self.dearest:
            if time.monotonic() > until:
                return False
            await asyncio.sleep(PAUSE)
        return True

    async def _left(self) -> Decimal:
        """Of the whole what is neither spent nor held."""
        (all_,) = await self.one.call("GET", f"/api/v1/budgets/{self.budget}/standing")
        return Decimal(all_["left"])

    async def _change(self, more: Decimal) -> None:
        self.amount += more
        await self.one.call("PATCH", f"/api/v1/budgets/{self.budget}", {"amount": str(self.amount)})
        self.ways["amount"] += 1

    async def _increase(self, more: Decimal) -> None:
        ends = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        ask = {"budget": self.budget, "amount": str(more), "ends_at": ends, "reason": "it is used up"}
        made = await self.one.call("POST", "/api/v1/budget-increases", ask)
        decided = await self.other.call("POST", f"/api/v1/budget-increases/{made['id']}/approve")
        assert decided["state"] == "approved"
        self.ways["increase"] += 1
