"""Failures fall into the classes that decide what is tried next."""

import pytest

from llmproxy.routing import backoff
from llmproxy.routing.failure import Failure, answers, of_status, of_transport


@pytest.mark.parametrize(
    ("status", "body", "reason", "again"),
    [
        (429, b"", "rate_limited", True),
        (408, b"", "unavailable", True),
        (409, b"", "unavailable", True),
        (500, b"", "unavailable", True),
        (529, b"", "unavailable", True),
        (401, b"", "refused_us", False),
        (404, b"", "missing", False),
        (422, b"", "rejected", False),
        (400, b'{"error":{"code":"context_length_exceeded"}}', "context_window", False),
        (400, b'{"error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}', "context_window", False),
        (400, b'{"error":{"message":"The input token count exceeds the maximum number of tokens allowed"}}',
         "context_window", False),
        (400, b'{"error":{"code":"content_filter"}}', "content_policy", False),
        (403, b'{"error":{"code":"content_policy_violation"}}', "content_policy", False),
    ],
)  # fmt: skip
def test_a_status_and_its_body_say_the_class(status: int, body: bytes, reason: str, again: bool) -> None:
    failure = of_status(status, body, None)
    assert (failure.reason, failure.again, failure.said) == (reason, again, f"status {status}")


def test_a_provider_that_was_too_slow_is_not_asked_again_at_once() -> None:
    assert of_transport("upstream_connect_failed", timed_out=False).again
    assert not of_transport("upstream_first_byte_timeout", timed_out=True).again


@pytest.mark.parametrize(
    ("on", "statuses", "reason", "held"),
    [
        ("any", (), "unavailable", True),
        ("any", (), "rejected", False),
        ("status", (503,), "unavailable", True),
        ("status", (500,), "unavailable", False),
        ("rate_limited", (), "rate_limited", True),
        ("context_window", (), "unavailable", False),
    ],
)
def test_a_fallback_is_for_its_class(on: str, statuses: tuple[int, ...], reason: str, held: bool) -> None:
    assert answers(on, frozenset(statuses), Failure(reason, 503, "status 503")) is held


def test_the_wait_grows_with_jitter_and_has_an_end() -> None:
    for retry in range(1, 40):
        waited = backoff.seconds(retry, None)
        assert waited is not None and 0 <= waited <= min(2.0, 0.1 * 2**retry)


def test_what_the_provider_asks_for_is_honoured_or_the_call_does_not_wait() -> None:
    assert backoff.seconds(1, 1.5) == 1.5
    assert backoff.seconds(1, 30.0) is None
