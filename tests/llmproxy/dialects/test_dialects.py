"""Refusals in each dialect: the shapes that the SDKs parse."""

import orjson
import pytest

from accounts.errors import GatehouseError, InsufficientScope, InvalidToken
from llmproxy.dialects import ANTHROPIC, GOOGLE, OPENAI, OPENAI_RESPONSES, Dialect, spoken_by
from llmproxy.errors import (
    BodyTooLarge,
    InvalidParameter,
    ModelNotFound,
    TooManyParallelCalls,
    UpstreamFailed,
    UpstreamOverloaded,
    UpstreamRefusedUs,
    UpstreamTimedOut,
)

ID = "0190-request"


def headers(dialect: Dialect, error: GatehouseError) -> dict[bytes, bytes]:
    return dict(dialect.render(error, ID).headers)


@pytest.mark.parametrize(
    ("error", "openai", "anthropic", "google"),
    [
        (InvalidParameter(), "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"),
        (InvalidToken(), "authentication_error", "authentication_error", "UNAUTHENTICATED"),
        (InsufficientScope(), "permission_error", "permission_error", "PERMISSION_DENIED"),
        (ModelNotFound(), "not_found_error", "not_found_error", "NOT_FOUND"),
        (BodyTooLarge(), "invalid_request_error", "request_too_large", "INVALID_ARGUMENT"),
        (TooManyParallelCalls(), "rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"),
        (UpstreamFailed(), "api_error", "api_error", "UNAVAILABLE"),
        (UpstreamOverloaded(), "api_error", "overloaded_error", "UNAVAILABLE"),
        (UpstreamTimedOut(), "api_error", "timeout_error", "DEADLINE_EXCEEDED"),
    ],
)
def test_each_dialect_names_the_error_in_its_own_words(
    error: GatehouseError, openai: str, anthropic: str, google: str
) -> None:
    said = orjson.loads(OPENAI.render(error, ID).body)["error"]
    assert (said["type"], said["code"], said["message"]) == (openai, error.code, error.message)
    whole = orjson.loads(ANTHROPIC.render(error, ID).body)
    assert (whole["type"], whole["error"]["type"], whole["request_id"]) == ("error", anthropic, ID)
    said = orjson.loads(GOOGLE.render(error, ID).body)["error"]
    assert (said["code"], said["status"]) == (error.status_code, google)
    assert said["details"][0]["reason"] == error.code.upper()


@pytest.mark.parametrize("dialect", [OPENAI, OPENAI_RESPONSES, ANTHROPIC, GOOGLE])
def test_both_request_ids_are_on_every_refusal(dialect: Dialect) -> None:
    sent = headers(dialect, ModelNotFound())
    assert sent[b"x-request-id"] == sent[b"request-id"] == ID.encode()


@pytest.mark.parametrize("dialect", [OPENAI, OPENAI_RESPONSES, ANTHROPIC, GOOGLE])
def test_what_trying_again_cannot_heal_says_so(dialect: Dialect) -> None:
    assert headers(dialect, UpstreamRefusedUs())[b"x-should-retry"] == b"false"
    assert b"x-should-retry" not in headers(dialect, UpstreamOverloaded())
    assert b"x-should-retry" not in headers(dialect, ModelNotFound())


def test_google_is_told_when_to_try_again() -> None:
    error = TooManyParallelCalls()
    error.headers = {"Retry-After": "7"}
    details = orjson.loads(GOOGLE.render(error, ID).body)["error"]["details"]
    assert details[1] == {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}


def test_a_failure_in_the_middle_of_a_stream_is_the_wires_own_event() -> None:
    error = UpstreamFailed()
    assert OPENAI.stream_event(error, ID).startswith(b'data: {"error":{')
    assert ANTHROPIC.stream_event(error, ID).startswith(b'event: error\ndata: {"type":"error","error":{')
    assert GOOGLE.stream_event(error, ID).startswith(b'data: {"error":{"code":502')
    failed, raised, _ = OPENAI_RESPONSES.stream_event(error, ID, 5).split(b"\n\n")
    told = orjson.loads(failed.removeprefix(b"event: response.failed\ndata: "))
    assert (told["sequence_number"], told["response"]["status"]) == (5, "failed")
    assert told["response"]["error"]["code"] == "upstream_error"
    data = orjson.loads(raised.removeprefix(b"event: error\ndata: "))
    assert (data["type"], data["sequence_number"], data["error"]["code"]) == ("error", 6, "upstream_error")


def test_shared_paths_ask_the_headers() -> None:
    assert spoken_by({"x-goog-api-key": "k", "anthropic-version": "x"}) is GOOGLE
    assert spoken_by({"anthropic-version": "2026-10-21"}) is ANTHROPIC
    assert spoken_by({"authorization": "Bearer k"}) is OPENAI
