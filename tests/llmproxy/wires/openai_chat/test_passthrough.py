"""Bodies pass through as the bytes they are, apart from what must change."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.openai_chat import Rules, prepare, usage_of
from llmproxy.wires.taps.reading import NotJson
from llmproxy.wires.usage import Usage

BODY = b'{ "model":"public",  "temperature":1.0, "messages":[{"role":"user","content":"say \\"model\\" \\u00e9"}] }'


def prepared(raw: bytes, model: str = "upstream", rules: Rules | None = None, stream: bool = False):  # type: ignore[no-untyped-def]
    return prepare(raw, orjson.loads(raw), model, rules or Rules(), stream=stream)


def test_an_unchanged_model_leaves_every_byte_alone() -> None:
    assert prepared(BODY, "public").body == BODY


def test_only_the_models_value_changes() -> None:
    raw = b'{ "model" : "public",  "temperature":1.0, "x":1e400 }'
    parsed = {"model": "public"}
    assert prepare(raw, parsed, "up", Rules(), stream=False).body == b'{ "model":"up",  "temperature":1.0, "x":1e400 }'


@pytest.mark.parametrize(
    "raw",
    [
        b'{"model":"public","tools":[{"model":"nested"}]}',
        b'{"m\\u006fdel":"public","nested":{"model":"inner"}}',
        b'{"model":"first","model":"public"}',
        b'{"kind":"model","model":"public"}',
        b'{"model":"pu\\u0062lic"}',
    ],
)
def test_a_body_where_the_model_cannot_be_found_with_certainty_is_rebuilt(raw: bytes) -> None:
    body = orjson.loads(prepared(raw).body)
    assert body == {**orjson.loads(raw), "model": "upstream"}


@given(
    st.dictionaries(
        st.text(max_size=6) | st.just("model"),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8) | st.just("model"),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("model"), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=5,
    ),
    st.booleans(),
    st.booleans(),
)
def test_whatever_the_body_only_model_and_stream_options_differ(body: dict, ascii_only: bool, stream: bool) -> None:  # type: ignore[type-arg]
    import json

    body = {**body, "model": "public"}
    raw = json.dumps(body, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return  # lone surrogates: refused before this point
    after = orjson.loads(prepare(raw, parsed, 'up"stream\\', Rules(), stream=stream).body)
    if stream:
        given = parsed.get("stream_options")
        assert after.pop("stream_options")["include_usage"] is True
        parsed.pop("stream_options", None)
        assert given is None or isinstance(given, object)
    assert after == {**parsed, "model": 'up"stream\\'}


def test_usage_is_asked_for_when_the_client_does_not() -> None:
    result = prepared(b'{"model":"public","stream":true}', stream=True)
    assert result.usage_is_ours
    assert orjson.loads(result.body)["stream_options"] == {"include_usage": True}


def test_a_client_that_asks_for_usage_keeps_its_chunk() -> None:
    raw = b'{"model":"upstream","stream":true,"stream_options":{"include_usage":true}}'
    result = prepared(raw, stream=True)
    assert not result.usage_is_ours
    assert result.body == raw


def test_other_stream_options_survive() -> None:
    raw = b'{"model":"public","stream":true,"stream_options":{"include_obfuscation":false}}'
    result = prepared(raw, stream=True)
    assert orjson.loads(result.body)["stream_options"] == {"include_obfuscation": False, "include_usage": True}


def test_the_rows_rules_are_applied_and_what_they_drop_is_named() -> None:
    rules = Rules(rename={"max_completion_tokens": "max_tokens"}, drop=frozenset({"seed"}), extra_body={"safe": True})
    result = prepared(b'{"model":"public","max_completion_tokens":5,"seed":1}', rules=rules)
    assert orjson.loads(result.body) == {"model": "upstream", "max_tokens": 5, "safe": True}
    assert result.dropped == ("seed",)


@pytest.mark.parametrize("name", ["api_base", "base_url", "api_key", "extra_headers", "custom_llm_provider"])
def test_a_client_never_chooses_the_upstream_or_its_credential(name: str) -> None:
    result = prepared(orjson.dumps({"model": "public", name: "http://evil.example"}))
    assert name not in orjson.loads(result.body)
    assert result.dropped == (name,)


def test_usage_is_read_with_its_classes() -> None:
    answer = orjson.dumps(
        {
            "usage": {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 4},
                "completion_tokens_details": {"reasoning_tokens": 3},
            }
        }
    )
    assert usage_of(answer) == Usage(input=10, output=5, cached=4, reasoning=3)


def test_usage_is_found_at_the_end_of_an_answer_too_large_to_parse_whole() -> None:
    answer = b'{"data":["' + b"x" * 300_000 + b'"],"usage":{"prompt_tokens":7,"total_tokens":7}}'
    assert usage_of(answer) == Usage(input=7)


@pytest.mark.parametrize(
    "usage", [None, [], "x", {"prompt_tokens": -1}, {"prompt_tokens": "9"}, {"prompt_tokens": True}]
)
def test_nonsense_usage_counts_nothing(usage: object) -> None:
    assert usage_of(orjson.dumps({"usage": usage})) in (None, Usage())


@pytest.mark.parametrize("answer", [b"", b"<html>", b'{"usage":', b'{"usage": {' + b"x" * 300_000])
def test_an_answer_that_is_not_json_is_noticed_in_passing(answer: bytes) -> None:
    with pytest.raises(NotJson):
        usage_of(answer)


@pytest.mark.parametrize("answer", [b"[1]", b'{"a": NaN}', b'{"a": "\\ud83d"}', b'{"a": "' + b"x" * 300_000 + b'"}\n'])
def test_what_clients_read_has_no_usage_and_passes(answer: bytes) -> None:
    assert usage_of(answer) is None
