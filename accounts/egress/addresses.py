"""Which IP addresses are not the public internet, written out as networks.

`ipaddress.is_private` and `is_global` are not used: both are wrong for some of these ranges, differently in each Python
release. Sources: the IANA special-purpose address registries (RFC 6890) and the providers' metadata documentation.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address

DENIED_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # "this network"; 0.0.0.0 reaches the loopback in practice
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared address space of carriers, RFC 6598
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relay anycast
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",  # reserved, and the limited broadcast
    )
)

DENIED_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "::/96",  # unspecified, loopback, and the deprecated IPv4-compatible form
        "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
        "64:ff9b:1::/48",  # local-use NAT64, RFC 8215
        "100::/64",
        "100:0:0:1::/64",
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)

METADATA: Final = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, Google, Oracle, DigitalOcean, OpenStack
        "169.254.170.2",  # AWS container credentials
        "169.254.170.23",  # AWS EKS pod identity
        "169.254.0.23",  # Tencent
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure wire server
        "192.0.0.192",  # Oracle, old
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",  # Google
    )
)

NAT64: Final = IPv6Network("64:ff9b::/96")


def parse(text: str) -> Address | None:
    """The address that `text` spells canonically, else None (a name, or an odd spelling such as `127.1`)."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def unwrap(address: Address) -> Address:
    """An IPv4-mapped address is the IPv4 address (the kernel sends IPv4); any other address is itself."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def embedded(address: Address) -> tuple[IPv4Address, ...]:
    """IPv4 addresses that a translator or tunnel would reach through this IPv6 address (NAT64, 6to4, Teredo)."""
    if isinstance(address, IPv4Address):
        return ()
    if address in NAT64 or address in DENIED_V6[0] or address in DENIED_V6[1]:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    return address.teredo or ()


def is_metadata(address: Address) -> bool:
    """Whether a cloud's instance metadata answers there, directly or through an embedded address."""
    plain = unwrap(address)
    if isinstance(plain, IPv6Address):
        plain = IPv6Address(int(plain))  # without a scope id, which would hide an equal address
    return plain in METADATA or any(inner in METADATA for inner in embedded(plain))


def is_public(address: Address) -> bool:
    """Whether the address, and every address embedded in it, is on the public internet."""
    plain = unwrap(address)
    if isinstance(plain, IPv4Address):
        return not any(plain in network for network in DENIED_V4)
    if any(plain in network for network in DENIED_V6):
        return False
    return all(is_public(inner) for inner in embedded(plain))
