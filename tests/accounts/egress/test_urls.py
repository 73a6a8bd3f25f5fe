import pytest

from accounts.egress import EgressPolicy
from accounts.egress.urls import BaseUrlRefused, validate_base_url

POLICY = EgressPolicy(["ollama:11434", "10.0.0.0/8:8000", "[fd00::1]:8000"])


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1", "https://api.mistral.ai", "https://xn--bcher-kva.example/v1", "http://ollama:11434/v1",
        "http://vllm.internal:8000/v1", "http://10.1.2.3:8000", "http://[fd00::1]:8000/v1", "https://1.1.1.1/v1",
        "https://x.openai.azure.com/openai/deployments/gpt-4o",
    ],
)  # fmt: skip
def test_a_plain_url_is_accepted(url: str) -> None:
    assert validate_base_url(url, POLICY) == url


def test_a_trailing_slash_is_dropped() -> None:
    assert validate_base_url("https://api.openai.com/v1/", POLICY) == "https://api.openai.com/v1"


def test_an_in_process_scheme_needs_no_permission_but_stays_plain() -> None:
    assert validate_base_url("simulator://local/v1", POLICY, in_process={"simulator"}) == "simulator://local/v1"
    with pytest.raises(BaseUrlRefused):
        validate_base_url("simulator://local/v1", POLICY)
    with pytest.raises(BaseUrlRefused):
        validate_base_url("simulator://local/../x", POLICY, in_process={"simulator"})


@pytest.mark.parametrize(
    "url",
    [
        "", "api.openai.com", "//api.openai.com", "ftp://api.openai.com", "file:///etc/passwd", "HTTPS://api.openai.com",
        "http://api.openai.com/v1", "https://api.openai.com:8443/v1", "https://user:pw@api.openai.com", "https://@api.openai.com",
        "https://api.openai.com/v1?x=1", "https://api.openai.com/v1#x", "https://api.openai.com\\@evil",
        "https://api.openai.com/ v1",
        "https://api.openai.com/v1\n", "https://api.openai.com/\x00", "https://bücher.example", "https://api.openai.com/a/../b",
        "https://api.openai.com/%2e%2e/b", "https://api.openai.com//b", "https://", "https://:443", "https://api.openai.com:",
        "https://api.openai.com:0", "https://api.openai.com:99999", "https://api.openai.com:x", "https://-x.example",
        "https://127.0.0.1", "https://127.1", "https://0x7f.1", "https://2130706433", "https://0177.0.0.1", "https://0",
        "https://①②⑦.⓪.⓪.①", "https://127。0。0。1", "https://[::1]", "https://[::]", "https://0.0.0.0", "https://[::ffff:127.0.0.1]",
        "https://[64:ff9b::a9fe:a9fe]", "https://[2002:7f00:1::]", "https://[fe80::1%25eth0]", "https://[fd00::0001]:8000",
        "https://169.254.169.254", "http://metadata.google.internal:8000", "http://10.1.2.3:8001", "http://[::1", "https://a..b",
        "http://127.0.0.1:8000", "https://10.0.0.1",
    ],
)  # fmt: skip
def test_anything_odd_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(BaseUrlRefused) as refusal:
        validate_base_url(url, POLICY)
    assert str(refusal.value).endswith(".")
