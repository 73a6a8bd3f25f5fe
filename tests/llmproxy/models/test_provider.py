"""Providers and their keys: what may be saved, what may be read."""

import pytest
from django.core.exceptions import ValidationError

from accounts.crypto import UnsealError
from accounts.models import ChangeEvent
from llmproxy.models import Provider, ProviderCredential
from tests.gateway_world import SECRET, World


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.example.com/v1", "ftp://api.example.com", "https://user:pass@example.com/v1",
        "https://example.com/v1?a=b",
        "https://127.0.0.1/v1", "https://[::1]/v1", "https://169.254.169.254/latest", "http://10.0.0.1:8000/v1",
        "not a url",
        "https://2130706433/", "https://example.com/../x", "simulator2://local",
    ],
)  # fmt: skip
def test_a_url_that_must_not_be_called_cannot_be_saved(base_url: str) -> None:
    with pytest.raises(ValidationError):
        Provider(name="x", slug="x", base_url=base_url).clean()


def test_a_public_url_and_an_allowed_private_one_are_accepted(settings) -> None:  # type: ignore[no-untyped-def]
    settings.GATEHOUSE_EGRESS_ALLOW = ("10.1.2.3:8000",)
    for base_url in ("https://api.example.com/v1/", "http://10.1.2.3:8000/v1"):
        provider = Provider(name="x", slug="x", base_url=base_url)
        provider.clean()
        assert provider.base_url == base_url.rstrip("/")


@pytest.mark.parametrize(
    "quirks",
    [
        [], {"unknown": {}}, {"rename": []}, {"drop": {}}, {"extra_headers": {"host": "evil"}},
        {"extra_headers": {"x-a": "a\r\nb: c"}}, {"extra_headers": {"x_a b": "c"}},
        {"custom_tools": "yes"}, {"custom_tools": 1},
        {"call_id_length": 3}, {"call_id_length": True}, {"call_id_length": "9"}, {"call_id_length": 41},
    ],
)  # fmt: skip
def test_rules_that_make_no_sense_are_named(quirks: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Provider(name="x", slug="x", base_url="https://api.example.com/v1", quirks=quirks).clean()
    assert "quirks" in refused.value.message_dict


@pytest.mark.parametrize("seconds", [0, -1, 4000])
def test_times_without_sense_are_refused(seconds: float) -> None:
    with pytest.raises(ValidationError):
        Provider(name="x", slug="x", base_url="https://api.example.com/v1", total_timeout=seconds).clean()


def test_a_key_is_sealed_and_shows_only_its_end(world: World) -> None:
    credential = world.add_provider("https://api.example.com/v1").credentials.get()
    assert SECRET not in credential.secret_sealed
    assert credential.secret() == SECRET
    assert str(credential).endswith(f"(…{SECRET[-4:]})")


def test_a_sealed_key_does_not_open_in_another_row(world: World) -> None:
    one = world.add_provider("https://api.example.com/v1", "one").credentials.get()
    two = world.add_provider("https://api.example.com/v1", "two").credentials.get()
    two.secret_sealed = one.secret_sealed
    with pytest.raises(UnsealError):
        two.secret()


@pytest.mark.parametrize("secret", ["", "  ", "a\nb", "é" * 20])
def test_a_key_that_cannot_be_sent_is_refused(secret: str) -> None:
    with pytest.raises(ValidationError):
        ProviderCredential(provider=Provider()).set_secret(secret)


def test_every_way_to_change_a_row_is_announced(world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")

    def announced() -> int:
        return ChangeEvent.objects.filter(kind="catalog").count()

    before = announced()
    provider.save()
    Provider.objects.filter(pk=provider.pk).update(enabled=False)
    Provider.objects.filter(pk=provider.pk).delete()
    assert announced() >= before + 3
