"""Who lets a call in hears of its end exactly once, whatever the end; who looks at it can stop and change it."""

import asyncio
from collections.abc import Iterable, Iterator

import orjson
import pytest
from pytest_django import Settings

from accounts.errors import GatehouseError
from llmproxy.apps import LlmproxyConfig
from llmproxy.errors import BadRequest
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.runtime import Runtime
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream, answer_hello

PATH = "/v1/chat/completions"
ASK = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}
STREAM = {**ASK, "stream": True}


class Refused(GatehouseError):
    status_code = 429
    default_code = "test_refusal"
    default_detail = "Rule A of Alpha: 0 of 5 left, resets in 3 s."


class Book:
    """A rule book that writes down what it is told."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.told: list[str] = []

    async def admit(self, call: Call) -> None:
        if self.refuses:
            raise Refused
        self.told.append("admitted")

    def settle(self, call: Call) -> None:
        self.told.append(f"settled {call.usage.output if call.usage else None}")

    def headers(self, call: Call) -> Iterable[tuple[bytes, bytes]]:
        return ((b"x-ratelimit-remaining-requests", b"4"),)


class Shouting:
    """An inspection: refuses a word, and writes large what goes out."""

    async def check_input(self, call: Call) -> None:
        if b"forbidden" in call.raw:
            raise BadRequest("The request was stopped by a check.")

    async def check_output(self, call: Call, body: bytes) -> bytes:
        return body.replace(b"hello", b"HELLO")

    def check_stream(self, call: Call, events: bytes) -> bytes:
        return events.replace(b"Hel", b"HEL")


@pytest.fixture
def runtime(gateway: AsgiClient) -> Iterator[Runtime]:
    """The process's run-time, as it was before when the test is over."""
    runtime = LlmproxyConfig.current().runtime
    before = runtime.admissions, runtime.inspections
    yield runtime
    runtime.admissions, runtime.inspections = before


async def streamed(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    await reply.event({"choices": [{"index": 0, "delta": {"content": "Hel"}, "finish_reason": None}]})
    await reply.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    await reply.event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}})
    await reply.end_stream()


async def cut(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    await reply.event({"choices": [{"index": 0, "delta": {"content": "Hel"}, "finish_reason": None}]})
    reply.writer.write(b"0\r\n\r\n")


async def failing(_: Received, reply: Reply) -> None:
    await reply.json({"error": {"message": "no"}}, 500)


async def test_a_whole_answer_is_settled_with_what_it_used(gateway: AsgiClient, world: World, runtime: Runtime) -> None:
    book = Book()
    runtime.admissions = (book,)
    answer = await gateway.bearing(world.key).post(PATH, ASK)
    assert answer.headers["x-ratelimit-remaining-requests"] == "4"
    assert book.told == ["admitted", "settled 3"]


@pytest.mark.parametrize(("script", "end"), [(streamed, "settled 2"), (cut, "settled 1"), (failing, "settled None")])
async def test_a_stream_is_settled_once_however_it_ends(
    gateway: AsgiClient, world: World, runtime: Runtime, upstream: Upstream, script, end: str
) -> None:  # type: ignore[no-untyped-def]
    book = Book()
    runtime.admissions = (book,)
    upstream.script = script
    await gateway.bearing(world.key).post(PATH, STREAM)
    assert book.told == ["admitted", end]


async def test_a_failed_call_is_settled_once(
    gateway: AsgiClient, world: World, runtime: Runtime, upstream: Upstream
) -> None:
    book = Book()
    runtime.admissions = (book,)
    upstream.script = failing
    answer = await gateway.bearing(world.key).post(PATH, ASK)
    assert (answer.status, book.told) == (502, ["admitted", "settled None"])


async def test_a_client_that_leaves_is_settled_once(
    gateway: AsgiClient, world: World, runtime: Runtime, upstream: Upstream
) -> None:
    gone, book = asyncio.Event(), Book()
    runtime.admissions = (book,)

    async def silent(_: Received, reply: Reply) -> None:
        gone.set()
        await asyncio.Event().wait()

    upstream.script = silent
    await gateway.bearing(world.key).call("POST", PATH, body=orjson.dumps(ASK), gone=gone)
    assert book.told == ["admitted", "settled 0"]


async def test_what_the_first_reserved_is_returned_when_the_second_refuses(
    gateway: AsgiClient, world: World, runtime: Runtime, upstream: Upstream
) -> None:
    first = Book()
    runtime.admissions = (first, Book(refuses=True))
    answer = await gateway.bearing(world.key).post(PATH, ASK)
    assert (answer.status, answer.json()["error"]["code"]) == (429, "test_refusal")
    assert first.told == ["admitted", "settled None"]
    assert upstream.received == []


async def test_an_inspection_stops_a_request_before_it_leaves_the_house(
    gateway: AsgiClient, world: World, runtime: Runtime, upstream: Upstream
) -> None:
    book = Book()
    runtime.admissions, runtime.inspections = (book,), (Shouting(),)
    forbidden = {**ASK, "messages": [{"role": "user", "content": "forbidden"}]}
    answer = await gateway.bearing(world.key).post(PATH, forbidden)
    assert answer.status == 400
    assert upstream.received == []
    assert book.told == ["admitted", "settled None"]


async def test_an_inspection_changes_what_goes_out_whole_and_streamed(
    gateway: AsgiClient, world: World, runtime: Runtime, upstream: Upstream
) -> None:
    runtime.inspections = (Shouting(),)
    whole = await gateway.bearing(world.key).post(PATH, ASK)
    upstream.script = streamed
    stream = await gateway.bearing(world.key).post(PATH, STREAM)
    assert whole.json()["choices"][0]["message"]["content"] == "HELLO"
    assert b"HEL" in stream.body


class Defective(Book):
    """A rule book with a defect."""

    def headers(self, call: Call) -> Iterable[tuple[bytes, bytes]]:
        raise RuntimeError("a defect of ours")


@pytest.mark.parametrize("body", [ASK, STREAM])
async def test_a_defect_of_ours_leaves_no_call_unsettled(
    gateway: AsgiClient, world: World, runtime: Runtime, upstream: Upstream, settings: Settings, body: object
) -> None:
    book = Defective()
    runtime.admissions = (book,)
    upstream.script = streamed if body is STREAM else answer_hello
    answer = await gateway.bearing(world.key).post(PATH, body)
    assert answer.status in (0, 503)  # of a stream that could not begin the server closes the connection
    assert len([told for told in book.told if told.startswith("settled")]) == 1
    types = [event.type for event in await recorded(settings)]
    assert types == ["proxy.request.started", "proxy.request.failed"]
