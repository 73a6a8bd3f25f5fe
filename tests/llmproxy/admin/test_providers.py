"""The provider's pages: keys go in and never come out; the test shows what happened."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_httpserver import HTTPServer

from accounts.models import User
from audit.models import OutboxRecord
from llmproxy.models import Provider
from llmproxy.presets import BY_HAND, PRESETS
from tests.gateway_world import SECRET, World

CREDENTIALS = "credentials"


@pytest.fixture
def admin(world: World) -> Client:
    client = Client()
    root = User.objects.create_superuser("root", password="a long enough password")
    client.force_login(root, "django.contrib.auth.backends.ModelBackend")
    return client


def form(provider: Provider, **changes: Any) -> dict[str, Any]:
    credential = provider.credentials.first()
    rows = 0 if credential is None else 1
    data: dict[str, Any] = {
        "name": provider.name, "slug": provider.slug, "wire": "openai_chat", "base_url": provider.base_url,
        "auth_scheme": "bearer", "adapter": "standard", "discovery_path": "models", "quirks": "{}",
        "connect_timeout": 5, "first_byte_timeout": 60, "enabled": "on",
        "between_chunks_timeout": 60, "total_timeout": 600, "organisation": str(provider.organisation_id),
        f"{CREDENTIALS}-TOTAL_FORMS": rows, f"{CREDENTIALS}-INITIAL_FORMS": rows,
    }  # fmt: skip
    if credential is not None:
        data |= {f"{CREDENTIALS}-0-id": str(credential.pk), f"{CREDENTIALS}-0-provider": str(provider.pk)}
        data |= {
            f"{CREDENTIALS}-0-name": credential.name,
            f"{CREDENTIALS}-0-secret": "",
            f"{CREDENTIALS}-0-enabled": "on",
            f"{CREDENTIALS}-0-weight": 1,
        }
    return data | changes


def change_url(provider: Provider) -> str:
    return reverse("admin:llmproxy_provider_change", args=(provider.pk,))


def test_the_stored_key_is_nowhere_on_the_page(admin: Client, world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")
    page = admin.get(change_url(provider)).content.decode()
    assert SECRET not in page
    assert f"••••{SECRET[-4:]}" in page


def test_an_empty_key_field_keeps_the_key(admin: Client, world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")
    answer = admin.post(change_url(provider), form(provider, name="Renamed"))
    assert answer.status_code == 302
    provider.refresh_from_db()
    assert (provider.name, provider.credentials.get().secret()) == ("Renamed", SECRET)


def test_a_new_key_replaces_the_old_one(admin: Client, world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")
    admin.post(change_url(provider), form(provider, **{f"{CREDENTIALS}-0-secret": "sk-fresh-0123456789"}))
    assert provider.credentials.get().secret() == "sk-fresh-0123456789"


def test_another_host_wipes_the_key_and_says_so(admin: Client, world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")
    changed = form(provider, base_url="https://evil.example.net/v1")
    page = admin.post(change_url(provider), changed, follow=True).content.decode()
    assert not provider.credentials.exists()
    assert "The host changed" in page


def test_a_change_is_on_record_without_the_secret(admin: Client, world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")
    admin.post(
        change_url(provider), form(provider, name="Renamed", **{f"{CREDENTIALS}-0-secret": "sk-fresh-0123456789"})
    )
    records = b"".join(bytes(row.raw) for row in OutboxRecord.objects.all())
    assert b"admin.provider.updated" in records
    assert b"sk-fresh" not in records


def test_the_test_shows_what_was_sent_and_answered_with_the_key_masked(
    admin: Client, world: World, httpserver: HTTPServer, settings
) -> None:  # type: ignore[no-untyped-def]
    settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{httpserver.port}",)
    httpserver.expect_request("/v1/chat/completions").respond_with_json(
        {"error": {"message": f"Incorrect API key provided: {SECRET} <img src=x onerror=alert(1)>"}}, status=401
    )
    provider = world.add_provider(f"http://127.0.0.1:{httpserver.port}/v1")
    world.add_route(provider)
    url = reverse("admin:llmproxy_provider_test", args=(provider.pk,))
    assert not httpserver.log
    assert admin.get(url).status_code == 200
    assert not httpserver.log  # looking at the page sends nothing
    page = admin.post(url).content.decode()
    assert "did not accept the key" in page
    assert SECRET not in page
    assert "&lt;img src=x" in page
    assert "up-public" in page


def test_a_provider_that_cannot_be_reached_is_told_in_plain_words(admin: Client, world: World) -> None:
    provider = world.add_provider("https://192.0.2.1/v1")
    Provider.objects.filter(pk=provider.pk).update(base_url="http://127.0.0.1:1/v1")
    page = admin.post(reverse("admin:llmproxy_provider_test", args=(provider.pk,))).content.decode()
    assert "GATEHOUSE_EGRESS_ALLOW" in page


def test_the_simulator_can_be_tested_too(admin: Client, world: World) -> None:
    provider = Provider.objects.create(name="S", slug="s", base_url="simulator://local/v1", auth_scheme="none")
    page = admin.post(reverse("admin:llmproxy_provider_test", args=(provider.pk,))).content.decode()
    assert "It works" in page


def test_the_stranger_does_not_find_the_provider(world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")
    world.charlie.is_staff = True
    world.charlie.save()
    client = Client()
    client.force_login(world.charlie, "django.contrib.auth.backends.ModelBackend")
    for url in (change_url(provider), reverse("admin:llmproxy_provider_test", args=(provider.pk,))):
        assert client.get(url).status_code in (302, 403, 404)


def test_a_change_is_on_record_with_its_values_but_never_with_a_secret(admin: Client, world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")
    hidden = '{"extra_headers": {"x-key": "canary-in-a-header"}}'
    admin.post(
        change_url(provider),
        form(provider, name="Renamed", quirks=hidden, **{f"{CREDENTIALS}-0-secret": "canary-secret"}),
    )
    lines = [bytes(raw).decode() for raw in OutboxRecord.objects.values_list("raw", flat=True)]
    assert any('"changes":{"name":["' in line and '"Renamed"]' in line and '"quirks"' in line for line in lines)
    assert "canary" not in "".join(lines)


def test_each_provider_has_its_presets_sign_and_its_name(admin: Client, world: World) -> None:
    world.add_provider("https://api.mistral.ai/v1", "ours", preset="mistral")
    by_hand = world.add_provider("https://llm.example.com/v1", "theirs", preset="gone")
    page = admin.get(reverse("admin:llmproxy_provider_changelist")).content.decode()
    for sign, name in ((PRESETS["mistral"].sign, "ours"), (BY_HAND, "theirs")):
        assert f'<path d="{sign.drawing}"' in page
        assert f"<span>{name}</span>" in page
    assert BY_HAND.drawing in admin.get(change_url(by_hand)).content.decode()
    mistral = admin.get(change_url(Provider.objects.get(slug="ours"))).content.decode()
    assert PRESETS["mistral"].emblem in mistral and PRESETS["mistral"].documentation in mistral
