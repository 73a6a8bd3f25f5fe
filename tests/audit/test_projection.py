"""Columns of records: the short way and the long way through a record give the same, and odd members have a place."""

import time
from typing import Any

import orjson
import pytest

from audit.columns import NUMBERS, TEXTS
from audit.ingest.projection import NAMES, NotARecord, parsed

ID = "01938c5e-0000-7000-8000-000000000000"
PLAIN: dict[str, Any] = {
    "actor": {"id": "key:1", "name": "bench", "type": "api_key"}, "id": ID, "outcome": "success", "schema": 1, "seq": 7,
    "ts": time.time_ns() // 1000, "type": "proxy.request.completed", "writer": ID,
}  # fmt: skip


def columns(**members: Any) -> dict[str, Any]:
    return dict(zip(NAMES, parsed(orjson.dumps({**PLAIN, **members})).columns, strict=True))


def test_what_a_record_says_is_in_its_columns() -> None:
    found = columns(tokens_in=5, provider="p", src_ip="192.0.2.1", target={"type": "team", "id": "t", "name": "T"})
    assert (found["id"], found["writer"], found["writer_seq"]) == (ID, ID, 7)
    assert (found["category"], found["actor_id"], found["target_name"]) == ("proxy", "key:1", "T")
    assert (found["tokens_in"], found["provider"], found["src_ip"]) == (5, "p", "192.0.2.1")
    assert (found["attrs"], found["actor_roles"]) == ({}, [])


def test_what_a_record_does_not_say_is_empty() -> None:
    found = columns()
    assert {found[name] for name in NUMBERS} == {None}
    assert {found[name] for name in TEXTS - {"src_ip"}} == {""}
    assert found["src_ip"] is None


@pytest.mark.parametrize("odd", [{"user_agent": "\x00"}, {"ticket": 5}, {"reason": None}, {"excerpt": "x" * 5000}])
def test_one_odd_text_changes_no_other_column(odd: dict[str, Any]) -> None:
    texts = {name: f"a {name}" for name in TEXTS - odd.keys()}
    sound, found = columns(**texts), columns(**texts, **odd)
    assert {name: found[name] for name in sound if name not in odd} == {n: sound[n] for n in sound if n not in odd}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("\x00", "\ufffd"), (5, "5"), (None, ""), ("x" * 5000, "x" * 1024), ([1], "[1]"), (False, "")],
)
def test_odd_texts_are_made_to_fit(given: object, kept: str) -> None:
    assert columns(ticket=given)["ticket"] == kept


def test_texts_are_cut_at_the_lengths_of_their_columns() -> None:
    actor = {"id": "i" * 256, "name": "n" * 2000, "type": "t"}
    found = columns(request_id="x" * 65, cache_status="x" * 33, actor=actor)
    assert (len(found["request_id"]), len(found["cache_status"])) == (64, 32)
    assert (len(found["actor_id"]), len(found["actor_name"])) == (255, 1024)


def test_numbers_that_fit_one_by_one_but_not_together_fit() -> None:
    most = 2**53 - 1
    found = columns(tokens_in=most, tokens_out=-most, cost_nano=most, http_status=32_767, stage=32_767)
    assert (found["tokens_in"], found["tokens_out"], found["cost_nano"]) == (most, -most, most)
    assert (found["http_status"], found["stage"]) == (32_767, 32_767)


@pytest.mark.parametrize("odd", [{"tokens_in": 2**53}, {"stage": -(2**15)}, {"cost_nano": True}, {"ttft_us": 1.5}])
def test_numbers_that_no_column_holds_make_it_no_record(odd: dict[str, Any]) -> None:
    with pytest.raises(NotARecord):
        columns(**odd)


def test_ids_are_given_in_their_one_form() -> None:
    assert columns(id=f"{{{ID.upper()}}}")["id"] == ID
    assert columns(writer=ID.replace("-", ""))["writer"] == ID


@pytest.mark.parametrize("raw", [b"[]", b"5", b"null", b"{}", b'{"a":1}\n{"b":2}', b"\xff"])
def test_what_is_no_object_is_no_record(raw: bytes) -> None:
    with pytest.raises(NotARecord):
        parsed(raw)
