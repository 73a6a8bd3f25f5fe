import base64
import math
import struct
from typing import Any

import pytest

from tests.llmproxy.simulator.asking import Answer, ask


async def embed(**more: Any) -> Answer:
    return await ask("embeddings", {"model": "simulator-embedding", "input": "hello", **more})


async def test_it_gives_unit_vectors_that_do_not_change() -> None:
    first, second = await embed(dimensions=64), await embed(dimensions=64)
    vector = first.json()["data"][0]["embedding"]
    assert first.body == second.body and len(vector) == 64
    assert math.isclose(sum(number * number for number in vector), 1)


async def test_base64_holds_the_same_numbers() -> None:
    plain = (await embed(dimensions=8)).json()["data"][0]["embedding"]
    packed = (await embed(dimensions=8, encoding_format="base64")).json()["data"][0]["embedding"]
    assert struct.unpack("<8f", base64.b64decode(packed)) == pytest.approx(plain)


@pytest.mark.parametrize(("given", "count"), [("a", 1), (["a", "b"], 2), ([1, 2, 3], 1), ([[1], [2, 3]], 2)])
async def test_it_takes_every_kind_of_input(given: object, count: int) -> None:
    assert len((await embed(input=given)).json()["data"]) == count


@pytest.mark.parametrize(
    "more", [{"input": None}, {"input": ""}, {"input": []}, {"input": [{}]}, {"input": 5}, {"dimensions": 0},
             {"encoding_format": "hex"}],
)  # fmt: skip
async def test_it_refuses_nonsense(more: dict[str, Any]) -> None:
    assert (await embed(**more)).status == 400
