"""X-Forwarded-For is believed from configured proxies and from nobody else."""

import pytest

from llmproxy.gateway.client_address import TrustedProxies

PROXIES = TrustedProxies(["10.0.0.0/8", "::1"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_client_is_the_last_hop_that_is_not_ours(peer: str, forwarded: str | None, client: str) -> None:
    assert PROXIES.client(peer, forwarded) == client


def test_without_configured_proxies_nobody_is_believed() -> None:
    assert TrustedProxies().client("127.0.0.1", "1.2.3.4") == "127.0.0.1"


def test_nonsense_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="not-an-address"):
        TrustedProxies(["not-an-address"])
