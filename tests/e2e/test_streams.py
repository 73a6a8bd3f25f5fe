"""Streams between a real client and a real provider, through the real server."""

import json
import time

import pytest

from tests.e2e.product import Product, eventually
from tests.e2e.provider import Provider
from tests.e2e.streaming import Stream

pytestmark = pytest.mark.processes

MEGABYTE = 1024 * 1024


def test_a_client_that_leaves_ends_the_call_at_the_provider_within_a_second(
    product: Product, provider: Provider
) -> None:
    before = len(provider.seen.cancelled_at)
    with Stream(product, "drip") as stream:
        lines = stream.lines()
        received = [next(lines) for _ in range(5)]
    left = provider.now()
    assert all(line.startswith("data: ") for line in received)
    eventually(lambda: len(provider.seen.cancelled_at) > before, 5, "the provider sees the client leave")
    assert provider.seen.cancelled_at[before] - left < 1.5


def test_a_stream_that_the_client_left_is_on_record_as_aborted(product: Product) -> None:
    with Stream(product, "drip") as stream:
        next(stream.lines())
        request_id = stream.request_id

    def recorded() -> bool:
        counts = product.proxy_events([request_id])[request_id]
        return counts == {"proxy.request.started": 1, "proxy.request.aborted": 1}

    eventually(recorded, 20, "started and aborted are in the log")


def test_the_provider_is_asked_for_usage_and_the_client_does_not_see_it(product: Product, provider: Provider) -> None:
    with Stream(product, "think") as stream:
        seen = list(stream.lines())
    assert provider.seen.requests[-1][1]["stream_options"] == {"include_usage": True}
    assert seen[-1] == "data: [DONE]"
    assert not any(json.loads(line[6:]).get("usage") for line in seen if line.startswith("data: {"))


def test_comments_keep_the_connection_alive_while_the_provider_thinks(product: Product) -> None:
    with Stream(product, "think") as stream:
        seen = list(stream.lines())
    first, second = (next(at for at, line in enumerate(seen) if word in line) for word in ('"one"', '"two"'))
    assert any(line.startswith(":") for line in seen[first:second])


def test_a_slow_reader_slows_the_provider_and_memory_stays_flat(product: Product, provider: Provider) -> None:
    before, written = product.memory("granian"), provider.seen.blocks_written
    with Stream(product, "flood") as stream:
        next(stream.lines())
        time.sleep(2)
        taken = provider.seen.blocks_written - written
        assert taken * 32_000 < 64 * MEGABYTE
        assert product.memory("granian") - before < 64 * MEGABYTE


def test_a_provider_that_falls_silent_ends_the_stream_with_an_error_event(product: Product) -> None:
    with Stream(product, "stall") as stream:
        seen = [line for line in stream.lines() if not line.startswith(":")]
    assert "data: [DONE]" not in seen
    assert any('"error"' in line for line in seen)


def test_a_provider_that_breaks_off_ends_the_stream_with_an_error_event(product: Product) -> None:
    with Stream(product, "cut") as stream:
        seen = list(stream.lines())
    assert "data: [DONE]" not in seen
    assert any('"error"' in line for line in seen)
