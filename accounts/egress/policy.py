"""What this deployment may call: the public internet on 443, and what its environment lists."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from accounts.egress.addresses import Address, is_metadata, is_public, parse, unwrap
from accounts.egress.errors import EgressRefused

HTTPS_PORT: Final = 443
METADATA_NAMES: Final = frozenset({"metadata.google.internal", "metadata.goog"})
HOST_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
NUMERIC_LABEL: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)\Z")

Network = IPv4Network | IPv6Network


def is_host_name(text: str) -> bool:
    """Whether `text` (lower case) is a DNS name that no resolver could read as a number (`127.1`, `0x7f.1`)."""
    return HOST_NAME.fullmatch(text) is not None and NUMERIC_LABEL.match(text.rsplit(".", 1)[-1]) is None


class EgressPolicy:
    """Built once from `GATEHOUSE_EGRESS_ALLOW`: exact `host:port` or `CIDR:port`, IPv6 in brackets. Immutable.

    Raises ValueError, naming the entry, on anything else: a guard that guesses is no guard.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        hosts: set[tuple[str, int]] = set()
        networks: list[tuple[Network, int]] = []
        for entry in allow:
            host, port = _split(entry)
            network = _network(host, entry)
            if network is None:
                hosts.add((host, port))
            else:
                networks.append((network, port))
        self._hosts = frozenset(hosts)
        self._networks = tuple(networks)

    def check_target(self, scheme: str, host: str, port: int) -> None:
        """First look, before any name is resolved. Raises EgressRefused; passing it promises nothing yet."""
        if host.rstrip(".") in METADATA_NAMES:
            raise EgressRefused
        literal = parse(host)
        if literal is not None:
            self.check_address(literal, port, host=host, scheme=scheme)
        elif scheme == "http" or port != HTTPS_PORT:
            self._check_listed_name(host, port)

    def check_address(self, ip: Address | str, port: int, *, host: str = "", scheme: str = "https") -> None:
        """The check that counts: `ip` is what the name resolved to, `host` the name. Raises EgressRefused."""
        address = parse(ip) if isinstance(ip, str) else ip
        if address is None or is_metadata(address):
            raise EgressRefused
        public = is_public(address)
        if public and scheme == "https" and port == HTTPS_PORT:
            return
        # Clear text is for targets inside the house: a public address never gets a provider's key unencrypted.
        if (public and scheme != "https") or not self._listed(address, host, port):
            raise EgressRefused

    def _listed(self, address: Address, host: str, port: int) -> bool:
        plain = unwrap(address)
        if (host, port) in self._hosts:
            return True
        return any(port == allowed and plain in network for network, allowed in self._networks)

    def _check_listed_name(self, host: str, port: int) -> None:
        # A name may resolve into an allowed network, which only the resolver can tell: then the port must match.
        if (host, port) not in self._hosts and all(port != allowed for _, allowed in self._networks):
            raise EgressRefused


def _split(entry: str) -> tuple[str, int]:
    host, colon, port = entry.lower().rpartition(":")
    if not colon or not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
        raise ValueError(f"GATEHOUSE_EGRESS_ALLOW: {entry!r} is neither host:port nor CIDR:port.")
    return host, int(port)


def _network(host: str, entry: str) -> Network | None:
    """The network that the host part spells (an address is a network of one), None for a name."""
    bracketed = host.startswith("[") and host.endswith("]")
    text = host[1:-1] if bracketed else host
    if not bracketed and ":" not in text and is_host_name(text):
        return None
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ValueError(f"GATEHOUSE_EGRESS_ALLOW: {entry!r} has no valid host name, address or network.") from error
    if (":" in text) != bracketed and "/" not in text:
        raise ValueError(f"GATEHOUSE_EGRESS_ALLOW: write the IPv6 address in {entry!r} in brackets.")
    if network.prefixlen == 0:
        raise ValueError(f"GATEHOUSE_EGRESS_ALLOW: {entry!r} would allow every address.")
    return network
