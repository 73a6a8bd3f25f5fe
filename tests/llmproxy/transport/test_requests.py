import pytest

from llmproxy.transport import Timeouts, Transport, UpstreamRequest
from llmproxy.transport.errors import BadUpstreamRequest
from tests.llmproxy.transport.upstream import Start, ok, saying


async def test_the_request_on_the_wire_is_exactly_what_was_asked(start: Start) -> None:
    upstream = await start(saying(ok()))
    headers = ((b"Content-Type", b"application/json"), (b"accept-encoding", b"gzip, br"), (b"x-empty", b""))
    await upstream.call(upstream.ask(headers=headers, body=b'{"a":1}'))
    head, _, body = upstream.requests[0].partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.split(b"\r\n") == [
        b"POST /v1/x HTTP/1.1",
        b"host: 127.0.0.1:%d" % upstream.port,
        b"accept-encoding: identity",
        b"Content-Type: application/json",
        b"x-empty: ",
        b"content-length: 7",
    ]


async def test_a_large_body_arrives_whole(start: Start) -> None:
    upstream = await start(saying(ok()))
    body = bytes(range(256)) * 40_000
    await upstream.call(upstream.ask(body=body))
    assert upstream.requests[0].partition(b"\r\n\r\n")[2] == body


async def test_a_get_without_body_announces_none(start: Start) -> None:
    upstream = await start(saying(ok()))
    await upstream.call(upstream.ask(method="GET", body=b"", url=f"http://localhost:{upstream.port}/v1/models?limit=2"))
    assert upstream.requests[0] == (
        b"GET /v1/models?limit=2 HTTP/1.1\r\nhost: localhost:%d\r\naccept-encoding: identity\r\n\r\n" % upstream.port
    )


@pytest.mark.parametrize(
    "header",
    [
        (b"x", b"a\r\nevil: 1"), (b"x", b"a\nb"), (b"x", b"a\rb"), (b"x", b"a\x00b"), (b"x", b"a\x7f"),
        (b"x\r\nevil", b"1"),
        (b"x: y", b"1"), (b"x y", b"1"), (b"", b"1"), (b"x\xc3\xa4", b"1"), (b"Host", b"evil"),
        (b"content-length", b"0"),
        (b"Transfer-Encoding", b"chunked"), (b"Connection", b"close"), (b"upgrade", b"h2c"),
        (b"Expect", b"100-continue"),
    ],
)  # fmt: skip
async def test_a_header_that_could_split_the_request_is_refused_unsent(
    start: Start, header: tuple[bytes, bytes]
) -> None:
    upstream = await start(saying(ok()))
    with pytest.raises(BadUpstreamRequest, match="header"):
        await upstream.call(upstream.ask(headers=(header,)))
    assert upstream.connections == 0


@pytest.mark.parametrize("method", ["GET /x HTTP/1.1\r\nevil: 1\r\n\r\nPOST", "get", "", "PO ST", "POST\n"])
async def test_an_odd_method_is_refused_unsent(start: Start, method: str) -> None:
    upstream = await start(saying(ok()))
    with pytest.raises(BadUpstreamRequest, match="method"):
        await upstream.call(upstream.ask(method=method))
    assert upstream.connections == 0


@pytest.mark.parametrize(
    "path",
    ["/a b", "/a\r\nevil: 1", "/a\n", "/a\x00", "/\u00e4", "/a#b", "x", "@evil/", "\\evil/"],
)
async def test_an_odd_url_is_refused_unsent(start: Start, path: str) -> None:
    upstream = await start(saying(ok()))
    with pytest.raises(BadUpstreamRequest, match="URL"):
        await upstream.call(upstream.ask(url=f"http://127.0.0.1:{upstream.port}{path}"))
    assert upstream.connections == 0


def test_a_request_shows_no_secret_in_its_repr() -> None:
    request = UpstreamRequest("POST", "https://a.example/?key=canary", ((b"x-key", b"canary"),), b"canary")
    assert "canary" not in repr(request)


async def test_another_scheme_is_answered_in_process(start: Start) -> None:
    upstream = await start(saying(ok(b"from the simulator")))

    async def simulator(request: UpstreamRequest):  # type: ignore[no-untyped-def]
        return await upstream.transport.open(upstream.ask(body=request.url.encode()))

    transport = Transport(upstream.policy, {"simulator": simulator})
    answer = await transport.open(UpstreamRequest("POST", "simulator://local/v1", (), b"", Timeouts()))
    assert await answer.read(100) == b"from the simulator"
    assert upstream.requests[0].endswith(b"simulator://local/v1")


async def test_a_scheme_that_nobody_mounted_is_refused(start: Start) -> None:
    upstream = await start(saying(ok()))
    for url in ["simulator://local/v1", "file:///etc/passwd", "ftp://a.example/", ""]:
        with pytest.raises(BadUpstreamRequest, match="URL"):
            await upstream.transport.open(UpstreamRequest("POST", url, (), b""))


def test_a_request_that_cannot_be_sent_is_a_value_error_too() -> None:
    assert issubclass(BadUpstreamRequest, ValueError)
