import time

import pytest

from llmproxy.transport.errors import BadUpstreamAnswer, ChunkTimeout, FirstByteTimeout, TotalTimeout
from llmproxy.transport.request import Timeouts
from tests.llmproxy.simulator.asking import chat


async def test_an_error_comes_with_its_retry_after() -> None:
    answer = await chat("simulator-chat+error=429+retry_after=3")
    assert (answer.status, answer.headers[b"retry-after"]) == (429, b"3")
    assert answer.json()["error"]["code"] == "rate_limit_exceeded"


async def test_a_status_comes_as_from_a_proxy_in_between() -> None:
    answer = await chat("simulator-chat+status=503")
    assert (answer.status, answer.headers[b"content-type"]) == (503, b"text/html")


async def test_options_come_in_metadata_too() -> None:
    assert (await chat(metadata={"simulator": "error=500"})).status == 500


async def test_a_cut_off_stream_ends_early_without_done() -> None:
    answer = await chat("simulator-chat+cutoff=4", stream=True)
    assert len(answer.events()) == 4
    assert b"[DONE]" not in answer.body


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("count", [0, 2, 5000])
async def test_a_reset_breaks_the_connection(stream: bool, count: int) -> None:
    with pytest.raises(BadUpstreamAnswer):
        await chat(f"simulator-chat+reset={count}", stream=stream)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_malformed_answer_does_not_parse(stream: bool) -> None:
    answer = await chat("simulator-chat+malformed", stream=stream)
    with pytest.raises(ValueError):
        _ = answer.events() if stream else answer.json()


async def test_nothing_ever_comes() -> None:
    with pytest.raises(FirstByteTimeout):
        await chat("simulator-chat+hang", Timeouts(first_byte=0.01))
    with pytest.raises(TotalTimeout):
        await chat("simulator-chat+hang", Timeouts(total=0.01))


@pytest.mark.parametrize("stream", [True, False])
async def test_silence_in_the_middle_times_out(stream: bool) -> None:
    with pytest.raises(ChunkTimeout):
        await chat("simulator-chat+silent=5s", Timeouts(between_chunks=0.01), stream=stream)


async def test_latency_and_rate_take_the_time_asked_for() -> None:
    started = time.monotonic()
    answer = await chat("simulator-chat+latency=50ms+rate=1000+tokens=100+chunk=10", stream=True)
    assert time.monotonic() - started >= 0.14
    assert len(answer.events()) == 12


async def test_the_length_is_as_asked_for() -> None:
    assert (await chat("simulator-chat+tokens=5000")).json()["usage"]["completion_tokens"] == 5000


@pytest.mark.parametrize(
    "option",
    ["bogus", "bogus=1", "latency", "latency=601s", "latency=-1", "latency=x", "rate=0", "rate=10001", "tokens=100001",
     "tokens=0", "error=200", "status=", "malformed=1", "cutoff=x", "chunk=٣", "silent=11m"],
)  # fmt: skip
async def test_nonsense_is_named(option: str) -> None:
    answer = await chat(f"simulator-chat+{option}")
    error = answer.json()["error"]
    assert (answer.status, error["code"]) == (400, "invalid_simulator_option")
    assert option in error["message"]
