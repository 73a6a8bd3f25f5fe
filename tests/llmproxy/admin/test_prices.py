"""The pages of prices: seen by those who may, changed by those who must, refreshed after a look."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from llmproxy.models import ModelDeployment, ModelFacts, Price
from tests.gateway_world import World

LIST = "/admin/llmproxy/price/"
REFRESH = "/admin/llmproxy/price/refresh/"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def logged_in(person: User) -> Client:
    person.is_staff = True
    person.save()
    client = Client()
    client.force_login(person, BACKEND)
    return client


@pytest.fixture
def admin(world: World) -> Client:
    return logged_in(User.objects.create_superuser("root", password="a long enough password"))


@pytest.fixture
def own(world: World) -> Price:
    world.add_route(world.add_provider("https://api.example.com/v1"))
    return Price.objects.create(deployment=ModelDeployment.objects.get(), input=Decimal("3.25"))


def test_the_list_says_what_is_unknown(admin: Client, own: Price) -> None:
    page = admin.get(LIST).content.decode()
    assert "3.25" in page
    assert "unknown" in page
    assert "Refresh prices" in page


def test_a_refresh_is_looked_at_then_confirmed(admin: Client) -> None:
    page = admin.get(REFRESH)
    assert not ModelFacts.objects.exists()
    digest = page.context["review"].digest
    assert admin.post(REFRESH, {"digest": "another"}).status_code == 200
    assert not ModelFacts.objects.exists()
    assert admin.post(REFRESH, {"digest": digest}).status_code == 302
    assert ModelFacts.objects.count() > 2000
    assert "Everything is up to date" in admin.get(REFRESH).content.decode()


def test_the_review_shows_old_and_new(admin: Client) -> None:
    admin.post(REFRESH, {"digest": admin.get(REFRESH).context["review"].digest})
    price = Price.objects.get(facts__catalogue="openai", facts__model="gpt-4o")
    Price.objects.filter(pk=price.pk).update(input=Decimal("99.5"))
    assert "99.5 → 2.5" in admin.get(REFRESH).content.decode()


def test_only_a_superuser_refreshes(world: World) -> None:
    alice = logged_in(world.alice)
    assert alice.get(REFRESH).status_code == 403
    assert alice.post(REFRESH, {"digest": "x"}).status_code == 403


def test_a_price_that_holds_can_only_be_ended(admin: Client, own: Price) -> None:
    url = reverse("admin:llmproxy_price_change", args=(own.pk,))
    end = timezone.now().replace(year=2030)
    data = {"input": "1", "valid_to_0": end.date().isoformat(), "valid_to_1": "12:00:00"}
    assert admin.post(url, data).status_code == 302
    own.refresh_from_db()
    assert own.input == Decimal("3.25")
    assert own.valid_to is not None
    assert admin.post(reverse("admin:llmproxy_price_delete", args=(own.pk,)), {"post": "yes"}).status_code == 403


def test_an_owner_prices_his_own_models_only(world: World, own: Price) -> None:
    alice = logged_in(world.alice)
    add = reverse("admin:llmproxy_price_add")
    data = {"input": "1", "output": "2", "request": "0", "tiers": "{}", "valid_from_0": "2026-11-24",
            "valid_from_1": "00:00:00"}  # fmt: skip
    facts = ModelFacts.objects.create(catalogue="openai", model="gpt")
    alice.post(add, {**data, "facts": str(facts.pk)})
    assert Price.objects.count() == 1
    assert alice.post(add, {**data, "deployment": str(own.deployment_id)}).status_code == 302
    assert Price.objects.count() == 2


def test_the_stranger_sees_published_prices_but_not_those_of_others(world: World, own: Price) -> None:
    charlie = logged_in(world.charlie)
    assert "3.25" not in charlie.get(LIST).content.decode()
    assert charlie.get(reverse("admin:llmproxy_price_change", args=(own.pk,))).status_code in (302, 404)
    data = {"deployment": str(own.deployment_id), "input": "0", "output": "0", "request": "0", "tiers": "{}",
            "valid_from_0": "2026-11-24", "valid_from_1": "00:00:00"}  # fmt: skip
    charlie.post(reverse("admin:llmproxy_price_add"), data)
    assert Price.objects.count() == 1


def test_the_list_of_models_shows_the_price_or_that_it_is_unknown(admin: Client, own: Price) -> None:
    page = admin.get("/admin/llmproxy/modeldeployment/").content.decode()
    assert "3.25 · unknown" in page
    Price.objects.all().delete()
    assert "unknown" in admin.get("/admin/llmproxy/modeldeployment/").content.decode()
