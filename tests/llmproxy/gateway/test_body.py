"""A request body is read only as far, and only as long, as it deserves."""

import asyncio

import pytest

from llmproxy.errors import BadRequest, BodyTooLarge, BodyTooSlow
from llmproxy.gateway import body as body_module
from llmproxy.gateway.body import ClientGone, Message, Receive, read_body


def arriving(*parts: bytes) -> Receive:
    waiting = list(parts)

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    return receive


async def test_a_body_in_one_piece_is_that_piece() -> None:
    assert await read_body(arriving(b"whole"), "5", 10) == b"whole"


async def test_a_chunked_body_is_put_together() -> None:
    assert await read_body(arriving(b"a", b"", b"bc"), None, 10) == b"abc"


async def test_a_declared_length_over_the_limit_is_refused_before_a_byte_is_read() -> None:
    async def receive() -> Message:
        raise AssertionError("the body was read")

    with pytest.raises(BodyTooLarge):
        await read_body(receive, "11", 10)


async def test_a_chunked_body_is_refused_where_it_passes_the_limit() -> None:
    reads = 0

    async def endless() -> Message:
        nonlocal reads
        reads += 1
        return {"type": "http.request", "body": b"x" * 4, "more_body": True}

    with pytest.raises(BodyTooLarge):
        await read_body(endless, None, 10)
    assert reads == 3


@pytest.mark.parametrize("declared", ["-1", "1e3", "", "٣", "0x10", " 5"])
async def test_a_length_that_is_no_number_is_refused(declared: str) -> None:
    with pytest.raises(BadRequest):
        await read_body(arriving(b"x"), declared, 10)


async def test_a_length_with_a_thousand_digits_is_too_large() -> None:
    with pytest.raises(BodyTooLarge):
        await read_body(arriving(b"x"), "9" * 1000, 10)


async def test_a_client_that_stops_sending_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "GRACE_SECONDS", 0.05)

    async def stalled() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(BodyTooSlow):
        await read_body(stalled, None, 10)


async def test_a_client_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "GRACE_SECONDS", 0.05)

    async def dripping() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(BodyTooSlow):
        await read_body(dripping, None, 10_000_000)


async def test_a_client_that_leaves_is_gone() -> None:
    with pytest.raises(ClientGone):
        await read_body(arriving(), None, 10)
