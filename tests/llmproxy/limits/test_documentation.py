"""The worked examples of docs/limits.md, made as calls."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.limits.test_admission import PATH, limit, limited, valkey

__all__ = ["limited", "valkey"]
PAGE = Path(__file__).resolve().parents[3] / "docs" / "limits.md"
TABLE = re.search(r"<!-- examples: begin -->\n(.*?)<!-- examples: end -->", PAGE.read_text(), re.DOTALL)
ROWS: list[list[str]] = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (TABLE[1] if TABLE else "").strip().splitlines()[2:]
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
async def test_an_example_of_the_documentation(limited: AsgiClient, world: World, row: list[str]) -> None:
    name, unit, amount, window, calls, maximum, answered, code = row
    await limit(world, name=name, unit=unit, amount=int(amount), window=window)
    ask: dict[str, Any] = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}
    answers = [await limited.post(PATH, {**ask, "max_tokens": int(maximum)}) for _ in range(int(calls))]
    assert [answer.status for answer in answers].count(200) == int(answered)
    refused = {answer.json()["error"]["code"] for answer in answers if answer.status != 200}
    assert refused == ({code} if code else set())


def test_there_are_examples() -> None:
    assert len(ROWS) >= 5
