import pytest

from accounts.egress import EgressPolicy, EgressRefused


def allows(policy: EgressPolicy, ip: str, port: int, host: str = "", scheme: str = "https") -> bool:
    try:
        policy.check_address(ip, port, host=host, scheme=scheme)
    except EgressRefused:
        return False
    return True


def test_nothing_listed_means_public_https_only() -> None:
    policy = EgressPolicy([])
    assert allows(policy, "1.1.1.1", 443)
    assert not allows(policy, "1.1.1.1", 8443)
    assert not allows(policy, "1.1.1.1", 443, scheme="http")
    assert not allows(policy, "127.0.0.1", 443)


def test_a_listed_name_may_be_private_on_its_port_alone() -> None:
    policy = EgressPolicy(["Ollama:11434"])
    assert allows(policy, "172.18.0.5", 11434, host="ollama", scheme="http")
    assert not allows(policy, "172.18.0.5", 11435, host="ollama", scheme="http")
    assert not allows(policy, "172.18.0.5", 11434, host="other", scheme="http")
    assert not allows(policy, "172.18.0.5", 11434)


def test_a_listed_network_covers_its_addresses_on_its_port() -> None:
    policy = EgressPolicy(["10.0.0.0/8:8000", "[fd00:1::/32]:8000", "fd00:2::/32:9000", "[fd00:9::1]:70"])
    assert allows(policy, "10.9.9.9", 8000, host="vllm", scheme="http")
    assert allows(policy, "::ffff:10.9.9.9", 8000, scheme="http")
    assert allows(policy, "fd00:1::5", 8000)
    assert allows(policy, "fd00:2::5", 9000)
    assert allows(policy, "fd00:9::1", 70)
    assert not allows(policy, "10.9.9.9", 8001)
    assert not allows(policy, "11.9.9.9", 8000)


def test_clear_text_never_goes_to_a_public_address() -> None:
    policy = EgressPolicy(["gateway.example:8080", "8.8.8.0/24:8080"])
    assert allows(policy, "8.8.8.8", 8080, host="gateway.example")
    assert not allows(policy, "8.8.8.8", 8080, host="gateway.example", scheme="http")


@pytest.mark.parametrize(
    "ip", ["169.254.169.254", "::ffff:169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"]
)
def test_metadata_stays_denied_even_when_listed(ip: str) -> None:
    policy = EgressPolicy(["169.254.0.0/16:80", "100.64.0.0/10:80", "168.63.129.16:80", "fd00::/8:80", "innocent:80"])
    assert not allows(policy, ip, 80, host="innocent", scheme="http")


@pytest.mark.parametrize("host", ["metadata.google.internal", "metadata.google.internal."])
def test_the_metadata_name_stays_denied_even_when_listed(host: str) -> None:
    with pytest.raises(EgressRefused):
        EgressPolicy(["metadata.google.internal:80"]).check_target("http", host, 80)


@pytest.mark.parametrize(
    "entry",
    [
        "", "host", "host:", ":80", "host:0", "host:65536", "host:http", "host:+80", "*:80", "*.example.com:80",
        "127.1:80", "0x7f.1:80", "10.0.0.1/8:80", "0.0.0.0/0:80", "::/0:80", "fd00::1:80", "http://host:80",
        "user@host:80", "host:80/path",
        "[host]:80", "[10.0.0.1]:80", "a b:80", "-x:80",
    ],
)  # fmt: skip
def test_a_nonsense_entry_is_refused_loudly_and_by_name(entry: str) -> None:
    with pytest.raises(ValueError, match="GATEHOUSE_EGRESS_ALLOW"):
        EgressPolicy([entry])


def test_a_refusal_does_not_repeat_the_address() -> None:
    with pytest.raises(EgressRefused) as refusal:
        EgressPolicy([]).check_address("10.11.12.13", 8123)
    assert "10.11" not in str(refusal.value)
    assert "8123" not in str(refusal.value)
