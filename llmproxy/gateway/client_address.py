"""Whose address a request comes from: the peer's, unless the peer is a proxy that the deployment named."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


class TrustedProxies:
    """The proxies whose X-Forwarded-For is believed (SECURITY 4.11: from nobody else).

    Args:
        networks: addresses or CIDRs.

    Raises:
        ValueError: an entry is neither.
    """

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks: tuple[Network, ...] = tuple(ip_network(entry) for entry in networks)

    def client(self, peer: str, forwarded_for: str | None) -> str:
        """The rightmost address that is not one of our own proxies'; the peer's where the header is not believable."""
        if not self._networks or not forwarded_for or not self._trusts(peer):
            return peer
        for hop in reversed([part.strip() for part in forwarded_for.split(",")]):
            if not _is_address(hop):
                return peer
            if not self._trusts(hop):
                return hop
        return peer

    def _trusts(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
