"""Adding a provider from the gallery."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from llmproxy.models import Provider
from tests.gateway_world import SECRET, World

GALLERY = "/admin/llmproxy/provider/add/"


def url(preset: str) -> str:
    return reverse("admin:llmproxy_provider_from_preset", args=(preset,))


@pytest.fixture
def admin(world: World) -> Client:
    client = Client()
    root = User.objects.create_superuser("root", password="a long enough password")
    client.force_login(root, "django.contrib.auth.backends.ModelBackend")
    return client


def test_it_shows_the_presets_by_group(admin: Client) -> None:
    page = admin.get(GALLERY).content.decode()
    for text in ("Model makers", "Servers of your own", "Mistral", "AWS Bedrock", "Any OpenAI-compatible server"):
        assert text in page


def test_the_search_narrows_it_and_an_empty_one_says_what_to_do(admin: Client) -> None:
    page = admin.get(GALLERY, {"q": "mistral"}).content.decode()
    assert "Codestral" in page
    assert "Perplexity" not in page
    page = admin.get(GALLERY, {"q": "<img src=x>"}).content.decode()
    assert "No preset matches “&lt;img src=x&gt;”" in page


def test_everything_can_still_be_filled_in_by_hand(admin: Client) -> None:
    assert 'name="base_url"' in admin.get(GALLERY, {"by_hand": "1"}).content.decode()


def test_a_card_leads_to_a_form_and_the_form_to_a_row(admin: Client, world: World) -> None:
    page = admin.get(url("groq")).content.decode()
    assert "console.groq.com/keys" in page
    answer = admin.post(url("groq"), {"name": "Groq", "slug": "groq", "organisation": "", "secret": SECRET})
    assert answer.status_code == 302
    provider = Provider.objects.get(slug="groq")
    assert provider.organisation is None
    assert provider.credentials.get().secret() == SECRET


def test_a_refusal_stands_at_its_field(admin: Client, world: World) -> None:
    data = {"name": "V", "slug": "v", "organisation": "", "base_url": "http://127.0.0.1:9/v1"}
    page = admin.post(f"{url('vllm')}?way=1", data).content.decode()
    assert "GATEHOUSE_EGRESS_ALLOW" in page
    assert not Provider.objects.exists()


def test_the_key_is_not_sent_back_by_a_form_that_was_refused(admin: Client, world: World) -> None:
    page = admin.post(url("groq"), {"name": "", "slug": "groq", "secret": SECRET}).content.decode()
    assert SECRET not in page


@pytest.mark.parametrize("way", ["9", "-1", "x", "٣", "9" * 50])
def test_an_odd_way_is_the_first_one(admin: Client, world: World, way: str) -> None:
    assert admin.get(url("vllm"), {"way": way}).status_code == 200


def test_an_unknown_preset_is_not_found(admin: Client, world: World) -> None:
    assert admin.get(url("nonsense")).status_code == 404


def test_a_person_of_an_organisation_can_add_one_for_it_only(world: World) -> None:
    world.alice.is_staff = True
    world.alice.save()
    world.alice.user_permissions.add(*Permission.objects.filter(codename__in=("add_provider", "view_provider")))
    client = Client()
    client.force_login(world.alice, "django.contrib.auth.backends.ModelBackend")
    data = {"name": "Groq", "slug": "groq", "secret": SECRET}
    for other in ("", str(world.elsewhere.pk)):
        client.post(url("groq"), {**data, "organisation": other})
        assert not Provider.objects.exists()
    client.post(url("groq"), {**data, "organisation": str(world.organisation.pk)})
    assert Provider.objects.get().organisation == world.organisation


def test_the_stranger_sees_neither_gallery_nor_form(world: World) -> None:
    world.bob.is_staff = True  # a developer: he may use models, not configure them
    world.bob.save()
    client = Client()
    for login in (False, True):
        if login:
            client.force_login(world.bob, "django.contrib.auth.backends.ModelBackend")
        for page in (GALLERY, url("groq")):
            assert client.get(page).status_code in (302, 403)
            assert client.post(page, {"name": "x"}).status_code in (302, 403)
