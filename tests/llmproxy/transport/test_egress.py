import asyncio
import socket
from typing import Any

import pytest

from accounts.egress import EgressPolicy
from llmproxy.transport import Timeouts, Transport, UpstreamRequest
from llmproxy.transport.errors import ConnectFailed, EgressDenied, TransportError
from llmproxy.transport.resolver import Resolver
from tests.llmproxy.transport.upstream import Start, ok, saying

LOOPBACK_SPELLINGS = [
    "127.0.0.1", "localhost", "LOCALHOST", "127.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.01",
    "0", "0.0.0.0", "127.9.9.9", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::7f00:1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[0:0:0:0:0:0:0:1]",
]  # fmt: skip


def call(url: str) -> UpstreamRequest:
    return UpstreamRequest("POST", url, (), b"{}", Timeouts(connect=1.0))


@pytest.mark.parametrize("host", LOOPBACK_SPELLINGS)
async def test_no_spelling_of_the_loopback_gets_through(start: Start, host: str) -> None:
    upstream = await start(saying(ok()))
    # The second policy allows the port elsewhere, so that only the check of the resolved address is left to refuse.
    for policy in (EgressPolicy([]), EgressPolicy([f"10.0.0.0/8:{upstream.port}"])):
        transport = Transport(policy)
        with pytest.raises(TransportError) as refusal:
            await transport.open(call(f"http://{host}:{upstream.port}/"))
        assert isinstance(refusal.value, EgressDenied | ConnectFailed)
        assert "127" not in str(refusal.value)
    assert upstream.connections == 0


@pytest.mark.parametrize(
    "host", ["①②⑦.⓪.⓪.①", "127。0。0。1", "[::1%25lo]", "[fe80::1%lo]", "a@127.0.0.1", "127.0.0.1\\@b"]
)
async def test_a_host_that_is_no_plain_ascii_is_refused_before_the_resolver(start: Start, host: str) -> None:
    upstream = await start(saying(ok()))
    transport = Transport(EgressPolicy([f"127.0.0.1:{upstream.port}"]))
    with pytest.raises(ValueError, match="URL"):
        await transport.open(call(f"http://{host}:{upstream.port}/"))
    assert upstream.connections == 0


@pytest.mark.parametrize("url", [
    "http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/", "http://[fd00:ec2::254]/",
    "http://100.100.100.200/", "https://168.63.129.16/", "http://[::ffff:169.254.169.254]/",
])  # fmt: skip
async def test_metadata_is_denied_even_when_listed(url: str) -> None:
    policy = EgressPolicy(["169.254.0.0/16:80", "100.64.0.0/10:80", "fd00::/8:80", "metadata.google.internal:80"])
    with pytest.raises(EgressDenied):
        await Transport(policy).open(call(url))


def answering(*addresses: str) -> Any:
    """A resolver's answer, as loop.getaddrinfo() would give it; counts how often it was asked."""

    async def getaddrinfo(*_: object, **__: object) -> list[tuple[Any, ...]]:
        getaddrinfo.asked += 1  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]

    getaddrinfo.asked = 0  # type: ignore[attr-defined]
    return getaddrinfo


class Names:
    """The running loop with another resolver; nothing is ever connected in these tests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, getaddrinfo: Any) -> None:
        loop = asyncio.get_running_loop()
        self.time = loop.time
        self.create_task = loop.create_task
        self.getaddrinfo = getaddrinfo
        monkeypatch.setattr("llmproxy.transport.resolver.asyncio.get_running_loop", lambda: self)


async def test_one_bad_address_among_good_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    Names(monkeypatch, answering("1.1.1.1", "127.0.0.1"))
    with pytest.raises(EgressDenied):
        await Resolver(EgressPolicy([])).resolve(("https", "rebind.example", 443))


async def test_a_name_is_asked_for_once_while_it_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    getaddrinfo = answering("1.1.1.1", "1.0.0.1", "1.1.1.1")
    Names(monkeypatch, getaddrinfo)
    resolver = Resolver(EgressPolicy([]))
    key = ("https", "api.example", 443)
    assert await asyncio.gather(*(resolver.resolve(key) for _ in range(50))) == [("1.1.1.1", "1.0.0.1")] * 50
    assert await resolver.resolve(key) == ("1.1.1.1", "1.0.0.1")
    assert getaddrinfo.asked == 1


async def test_a_name_that_moves_inside_is_noticed_after_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, answering("1.1.1.1"))
    resolver = Resolver(EgressPolicy([]), remember_seconds=0)
    key = ("https", "api.example", 443)
    assert await resolver.resolve(key) == ("1.1.1.1",)
    names.getaddrinfo = answering("10.0.0.1")
    with pytest.raises(EgressDenied):
        await resolver.resolve(key)


async def test_a_refusal_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, answering("10.0.0.1"))
    resolver = Resolver(EgressPolicy([]))
    key = ("https", "api.example", 443)
    with pytest.raises(EgressDenied):
        await resolver.resolve(key)
    names.getaddrinfo = answering("1.1.1.1")
    assert await resolver.resolve(key) == ("1.1.1.1",)


async def test_a_name_that_does_not_exist_is_a_failed_connect() -> None:
    with pytest.raises(ConnectFailed) as failure:
        await Transport(EgressPolicy([])).open(call("https://no-such-name.invalid/"))
    assert "invalid" not in str(failure.value)
