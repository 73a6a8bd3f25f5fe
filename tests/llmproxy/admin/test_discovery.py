"""Fetch models: ask, review, import."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_httpserver import HTTPServer

from accounts.models import User
from audit.models import OutboxRecord
from llmproxy.catalog.loading import load
from llmproxy.models import ModelDeployment, Provider
from tests.gateway_world import SECRET, World


@pytest.fixture
def admin(world: World) -> Client:
    client = Client()
    root = User.objects.create_superuser("root", password="a long enough password")
    client.force_login(root, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def provider(world: World, httpserver: HTTPServer, settings) -> Provider:  # type: ignore[no-untyped-def]
    settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{httpserver.port}",)
    wanted = httpserver.expect_request("/v1/models", "GET", headers={"Authorization": f"Bearer {SECRET}"})
    wanted.respond_with_json({"data": [{"id": "known"}, {"id": "fresh-chat"}, {"id": "fresh-embed"}, {"id": "<b>x"}]})
    row = world.add_provider(f"http://127.0.0.1:{httpserver.port}/v1")
    for name in ("known", "gone"):
        ModelDeployment.objects.create(provider=row, upstream_model=name)
    return row


def url(provider: Provider) -> str:
    return reverse("admin:llmproxy_provider_models", args=(provider.pk,))


def test_looking_asks_nobody(admin: Client, provider: Provider, httpserver: HTTPServer) -> None:
    assert "Fetch models" in admin.get(url(provider)).content.decode()
    assert not httpserver.log


def test_the_review_tells_new_known_and_gone_apart_and_changes_nothing(admin: Client, provider: Provider) -> None:
    answer = admin.post(url(provider))
    review = answer.context["review"]
    assert [model.name for model in review.new] == ["<b>x", "fresh-chat", "fresh-embed"]
    assert [row.upstream_model for row in review.known] == ["known"]
    assert [row.upstream_model for row in review.gone] == ["gone"]
    assert "&lt;b&gt;x" in answer.content.decode()
    assert ModelDeployment.objects.count() == 2


def test_what_is_chosen_is_imported_with_its_routes(admin: Client, provider: Provider, world: World) -> None:
    data = {"import": "1", "model": ["chat:fresh-chat", "embeddings:fresh-embed"], "with_routes": "on", "gone": "gone"}
    assert admin.post(url(provider), data).status_code == 302
    assert not ModelDeployment.objects.get(upstream_model="gone").enabled
    models = load(1).models_for(str(world.organisation.pk))
    assert models["fresh-chat"].deployments[0].upstream_model == "fresh-chat"
    assert models["fresh-embed"].kind == "embeddings"
    records = b"".join(bytes(row.raw) for row in OutboxRecord.objects.all())
    for event in (b"admin.model_deployment.created", b"admin.route.created", b"admin.model_deployment.updated"):
        assert event in records


def test_importing_twice_makes_nothing_twice(admin: Client, provider: Provider) -> None:
    for _ in range(2):
        admin.post(url(provider), {"import": "1", "model": "chat:fresh-chat", "with_routes": "on"})
    assert ModelDeployment.objects.filter(upstream_model="fresh-chat").count() == 1


@pytest.mark.parametrize("value", ["chat:", "nonsense:x", "x", "chat:" + "x" * 300, "chat:a\x00b", "chat:.."])
def test_a_name_or_kind_that_cannot_be_is_refused_and_nothing_is_imported(
    admin: Client, provider: Provider, value: str
) -> None:
    answer = admin.post(url(provider), {"import": "1", "model": ["chat:fine", value]})
    assert answer.status_code == 200
    assert not ModelDeployment.objects.filter(upstream_model="fine").exists()


@pytest.mark.parametrize(("status", "body", "said"), [(401, "{}", "did not accept the key"), (200, "{}", "no list"),
                                                      (500, "x", "status 500"), (302, "", "status 302")])  # fmt: skip
def test_an_answer_without_models_is_told_in_plain_words(
    admin: Client, provider: Provider, httpserver: HTTPServer, status: int, body: str, said: str
) -> None:
    httpserver.clear()
    httpserver.expect_request("/v1/models").respond_with_data(body, status=status)
    page = admin.post(url(provider)).content.decode()
    assert said in page
    assert SECRET not in page


def test_a_provider_without_a_list_says_so(admin: Client, provider: Provider) -> None:
    Provider.objects.update(discovery_path="")
    assert "publishes no list" in admin.post(url(provider)).content.decode()


def test_the_stranger_does_not_find_it(provider: Provider, world: World) -> None:
    world.charlie.is_staff = True
    world.charlie.save()
    client = Client()
    client.force_login(world.charlie, "django.contrib.auth.backends.ModelBackend")
    assert client.get(url(provider)).status_code in (302, 403, 404)
    assert client.post(url(provider), {"import": "1", "model": "chat:x"}).status_code in (302, 403, 404)
    assert not ModelDeployment.objects.filter(upstream_model="x").exists()
