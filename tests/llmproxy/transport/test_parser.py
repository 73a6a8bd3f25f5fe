"""The parser against answers cut at random places: the cuts never matter, and a broken answer never looks whole."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmproxy.transport.errors import BadUpstreamAnswer, TransportError
from llmproxy.transport.parser import AnswerParser
from tests.llmproxy.transport.upstream import Talk, Upstream, chunk

BODIES = st.binary(max_size=300)
CUTS = st.lists(st.integers(0, 600), max_size=30)
NAMES = st.from_regex(rb"\Ax-[a-z]{1,8}\Z")
VALUES = st.binary(max_size=30).map(lambda value: bytes(byte for byte in value if byte >= 0x20 and byte != 0x7F))
HEADERS = st.lists(st.tuples(NAMES, VALUES.map(lambda value: value.strip(b" \t"))), max_size=5)
STATUSES = st.sampled_from([200, 201, 301, 400, 401, 429, 500, 503])


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    for begin, end in zip(places, places[1:], strict=False):
        yield data[begin:end]


def head(status: int, headers: list[tuple[bytes, bytes]], framing: bytes) -> bytes:
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return b"HTTP/1.1 %d Reason\r\n" % status + lines + framing + b"\r\n"


def chunked(body: bytes, cuts: list[int]) -> bytes:
    return b"".join(chunk(piece) for piece in pieces(body, cuts) if piece) + b"0\r\n\r\n"


def parse(data: bytes, cuts: list[int]) -> tuple[AnswerParser, bytes, bool]:
    """The parser, the body it gave out, and whether the answer was accepted as whole."""
    parser = AnswerParser()
    body = b""
    try:
        for piece in pieces(data, cuts):
            parser.feed(piece)
            body += parser.take()
            if parser.complete:
                return parser, body, True
        parser.feed_eof()
    except BadUpstreamAnswer:
        return parser, body, False
    return parser, body, True


@given(STATUSES, HEADERS, BODIES, CUTS)
def test_an_answer_with_a_length_survives_any_cut(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes, cuts: list[int]
) -> None:
    data = head(status, headers, b"Content-Length: %d\r\n" % len(body)) + body
    parser, got, whole = parse(data, cuts)
    assert whole
    assert (parser.status, parser.headers[:-1], got) == (status, headers, body)


@given(STATUSES, HEADERS, BODIES, CUTS, CUTS)
def test_a_chunked_answer_survives_any_cut(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes, sizes: list[int], cuts: list[int]
) -> None:
    data = head(status, headers, b"Transfer-Encoding: chunked\r\n") + chunked(body, sizes)
    parser, got, whole = parse(data, cuts)
    assert whole
    assert parser.keep_alive
    assert (parser.status, parser.headers[:-1], got) == (status, headers, body)


@given(BODIES, CUTS)
def test_an_answer_without_length_survives_any_cut(body: bytes, cuts: list[int]) -> None:
    parser, got, whole = parse(head(200, [], b"") + body, cuts)
    assert whole
    assert not parser.keep_alive
    assert got == body


@given(BODIES, st.booleans(), st.data())
def test_an_answer_cut_short_is_never_taken_for_whole(body: bytes, is_chunked: bool, data: st.DataObject) -> None:
    if is_chunked:
        answer = head(200, [], b"Transfer-Encoding: chunked\r\n") + chunked(body, [100])
    else:
        answer = head(200, [], b"Content-Length: %d\r\n" % len(body)) + body
    end = data.draw(st.integers(0, len(answer) - 1))
    _, got, whole = parse(answer[:end], data.draw(CUTS))
    assert not whole
    assert body.startswith(got)


@given(BODIES, st.integers(0, 400), st.binary(min_size=1, max_size=8), CUTS)
def test_a_damaged_answer_reads_the_same_wherever_it_is_cut(
    body: bytes, at: int, damage: bytes, cuts: list[int]
) -> None:
    answer = head(200, [(b"x-a", b"b")], b"Transfer-Encoding: chunked\r\n") + chunked(body, [50, 150])
    damaged = answer[:at] + damage + answer[at + len(damage) :]
    one, one_body, one_whole = parse(damaged, [])
    many, many_body, many_whole = parse(damaged, cuts)
    assert one_whole == many_whole
    if one_whole:
        assert (one.status, one.headers, one_body) == (many.status, many.headers, many_body)


@given(st.binary(max_size=500), CUTS)
def test_noise_is_refused_wherever_it_is_cut(noise: bytes, cuts: list[int]) -> None:
    if not noise.lstrip(b"\r\n").startswith(b"HTTP/1."):
        assert not parse(noise, cuts)[2]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.tuples(BODIES, CUTS).map(lambda t: head(200, [], b"Transfer-Encoding: chunked\r\n") + chunked(*t)),
        st.tuples(BODIES, st.integers(0, 400)).map(lambda t: head(200, [], b"Content-Length: %d\r\n" % t[1]) + t[0]),
    ),
    st.lists(st.integers(0, 600), max_size=5),
)
def test_a_call_on_a_real_socket_always_ends(answer: bytes, cuts: list[int]) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        for piece in pieces(answer, cuts):
            await talk.say(piece)
            await asyncio.sleep(0)

    async def call() -> None:
        upstream = Upstream(script)
        await upstream.start()
        try:
            got = await asyncio.wait_for(upstream.call(), 3)
        except TransportError:
            got = None
        finally:
            await upstream.stop()
        _, body, whole = parse(answer, [])
        assert got == (body if whole else None)

    asyncio.run(call())


def test_nothing_is_taken_after_the_end() -> None:
    parser = AnswerParser()
    parser.feed(head(200, [], b"Content-Length: 1\r\n") + b"a")
    with pytest.raises(BadUpstreamAnswer):
        parser.feed(b"b")
    assert (parser.complete, parser.take()) == (True, b"a")
