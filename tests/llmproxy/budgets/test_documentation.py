"""The worked examples of docs/budgets.md, made as calls."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db.models import Sum

from llmproxy.models import BudgetPeriod
from tests.asgi_client import AsgiClient
from tests.llmproxy.budgets.conftest import Made
from tests.upstream import Received, Reply, Upstream

PAGE = Path(__file__).resolve().parents[3] / "docs" / "budgets.md"
TABLE = re.search(r"<!-- examples: begin -->\n(.*?)<!-- examples: end -->", PAGE.read_text(), re.DOTALL)
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE[1].strip().splitlines()[2:]]  # type: ignore[index]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
async def test_an_example_of_the_documentation(
    priced: AsgiClient, budget: Made, upstream: Upstream, row: list[str]
) -> None:
    name, dollars, calls, maximum, reported, answered, refused, spent = row

    async def reports(_: Received, reply: Reply) -> None:
        await reply.json({"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": int(reported)}})

    upstream.script = reports
    await budget(name=name, amount=Decimal(dollars))
    ask = {"model": "public", "max_tokens": int(maximum), "messages": [{"role": "user", "content": "x" * 900}]}
    statuses = [(await priced.post("/v1/chat/completions", ask)).status for _ in range(int(calls))]
    assert (statuses.count(200), statuses.count(429)) == (int(answered), int(refused))
    await apps.get_app_config("llmproxy").runtime.admissions[1]._bank.close()
    total = await sync_to_async(lambda: BudgetPeriod.objects.aggregate(sum=Sum("spent_nano"))["sum"])()
    assert Decimal(total or 0) / 10**9 == Decimal(spent)


def test_there_are_examples() -> None:
    assert len(ROWS) >= 5
