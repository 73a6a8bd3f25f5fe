from ipaddress import ip_address

import pytest

from accounts.egress.addresses import is_metadata, is_public, parse

INSIDE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.1.1", "172.16.0.1", "172.31.255.255",
    "192.0.0.8", "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:7f00:1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1",
    "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1",
]  # fmt: skip
OUTSIDE = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "64:ff9b::808:808"]
METADATA = [
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "::ffff:169.254.169.254",
    "::ffff:168.63.129.16", "::a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "::ffff:0:a9fe:a9fe",
    "fd00:ec2::254%eth0",
]  # fmt: skip


@pytest.mark.parametrize("text", INSIDE)
def test_it_knows_what_is_not_the_internet(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_it_knows_what_is_the_internet(text: str) -> None:
    assert is_public(ip_address(text))
    assert not is_metadata(ip_address(text))


@pytest.mark.parametrize("text", METADATA)
def test_it_knows_metadata_addresses_in_every_wrapping(text: str) -> None:
    assert is_metadata(ip_address(text))


@pytest.mark.parametrize(
    "text", ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "0", "name"]
)
def test_an_odd_spelling_is_no_address(text: str) -> None:
    assert parse(text) is None
