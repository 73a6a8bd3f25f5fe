"""Ids of the one form that a server takes: kept where they have it, else always the same for the same."""

import re

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.openai_chat import Rules, prepare
from llmproxy.wires.openai_chat.call_ids import fitted, fitting

LONG = "toolu_01AbCdEfGhIjKlMnOpQrStUv"


@pytest.mark.parametrize("own", ["D681PevKs", "123456789", "abcdefghi"])
def test_an_id_of_the_form_is_left_as_it_is(own: str) -> None:
    assert fitting(own, 9) == own


@given(st.text(max_size=60), st.integers(6, 40))
def test_any_other_becomes_one_and_always_the_same(other: str, length: int) -> None:
    made = fitting(other, length)
    assert re.fullmatch(rf"[A-Za-z0-9]{{{length}}}", made)
    assert fitting(other, length) == made == fitting(made, length)


def test_a_call_and_its_result_keep_together_where_bytes_pass_through() -> None:
    call = {"id": LONG, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    body = {
        "model": "public",
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": None, "tool_calls": [call, {**call, "id": "D681PevKs"}]},
            {"role": "tool", "tool_call_id": LONG, "content": "1"},
            {"role": "tool", "tool_call_id": "D681PevKs", "content": "2"},
        ],
    }
    sent = orjson.loads(prepare(orjson.dumps(body), body, "up", Rules(call_id_length=9), stream=False).body)
    _, said, *results = sent["messages"]
    ids = [each["id"] for each in said["tool_calls"]]
    assert ids == [each["tool_call_id"] for each in results] == [fitting(LONG, 9), "D681PevKs"]
    assert body["messages"][1]["tool_calls"][0]["id"] == LONG  # what the client sent stays for the record


HOSTILE = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from(["tool_calls", "x", LONG]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["messages", "tool_calls", "tool_call_id", "id"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["messages", "model"]), HOSTILE))
def test_what_is_no_request_is_left_to_the_provider(body: dict[str, object]) -> None:
    assert set(fitted(body, 9)) == set(body)
