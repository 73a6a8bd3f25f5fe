"""Lines that are told by their likeness say what parsing them would say, and nothing else is like a record."""

import json
import random
from typing import Any

import pytest

from audit.schemas.record import known_schema
from audit.tree.likeness import Likeness
from audit.tree.record_check import look_at
from audit.tree.schema_check import SchemaCheck

RECORD: dict[str, Any] = {
    "actor": {"id": "key:1", "name": "A key", "roles": ["x"], "type": "api_key"},
    "attrs": {"endpoint": "chat", "plan": {"attempts": [{"took_us": 5, "why": "one"}], "none": None}, "stream": True,
              "wire": "openai"},
    "http_method": "POST", "http_path": "/v1", "id": "01938c5e-0000-7000-8000-000000000001", "outcome": "success",
    "request_id": "r1", "schema": 1, "seq": 7, "ts": 1, "type": "proxy.request.started", "writer": "w-1",
}  # fmt: skip


def line(**members: Any) -> bytes:
    return json.dumps(RECORD | members, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.fixture
def likeness() -> Likeness:
    made = Likeness()
    made.learn(RECORD, line())
    return made


def test_what_differs_in_its_values_alone_is_like_it(likeness: Likeness) -> None:
    other = line(id="x", seq=-8, writer="", request_id="", http_path="/~!#[]", actor={**RECORD["actor"], "id": ""})
    assert likeness.found(other) == (b"x", b"-8", b"")


@pytest.mark.parametrize(
    "other",
    [
        line(outcome="denied"), line(schema=2), line(type="proxy.request.failed"), line(seq="7"), line(ts=True),
        line(request_id='a"b'), line(request_id="a\\b"), line(request_id="ü"), line(request_id="a\nb"), line(more=1),
        line(ts=1.5), line(id=None), line(seq=10**19), line(attrs={}), line(actor=[]), line(writer={"a": "b"}),
        line() + b"\n", line() + b"}", b" " + line(), line()[:-1], line().replace(b'"seq":7', b'"seq":07'),
        line().replace(b'"seq":7', b'"seq":7,"seq":8'), line(request_id="\x7f"), b"",
    ],
)  # fmt: skip
def test_what_differs_in_its_form_is_not(likeness: Likeness, other: bytes) -> None:
    assert likeness.found(other) is None


def test_whatever_is_like_it_is_what_parsing_says(likeness: Likeness) -> None:
    chance, whole = random.Random(7), line()  # noqa: S311 (mutilations, no secret)
    alike = 0
    for _ in range(20_000):
        at = chance.randrange(len(whole))
        changed = whole[:at] + bytes([chance.randrange(256)]) + whole[at + chance.randrange(3) :]
        if (found := likeness.found(changed)) is not None:
            alike += 1
            record = json.loads(changed)
            assert found == (record["id"].encode(), str(record["seq"]).encode(), record["writer"].encode())
            assert SchemaCheck(known_schema).problem(record) is None
    assert alike > 100


def test_records_that_stand_for_others_are_always_looked_at() -> None:
    gap = {
        "actor": {"type": "system"}, "attrs": {"missing": 2, "synthesized": True, "writer": "w-1"}, "id": "g0",
        "outcome": "failure", "schema": 1, "ts": 1, "type": "audit.gap.detected",
    }  # fmt: skip
    gaps = [json.dumps(gap | {"id": f"g{n}"}, separators=(",", ":")).encode() for n in range(5)]
    numbered = [line(id=f"i{n}", seq=n + 11 * (n > 50)) for n in range(100)]
    part = look_at([*numbered, *gaps], SchemaCheck(known_schema))
    assert (part.count, len(part.ids), part.wrong.places, part.malformed.places) == (105, 105, [], [])
    assert part.sequences._seen == {"w-1": [0, 110, 100]}
    assert part.sequences._explained == {"w-1": 10}


def test_ids_that_occur_twice_are_found_however_they_were_read() -> None:
    same = [line(id="same"), line(id="x", attrs={}), line(id="same"), line(id="same", request_id="ü")]
    part = look_at(same, SchemaCheck(known_schema))
    assert [place for place, text in part.wrong.places if "twice" in text] == [2, 3]
