"""Explaining a route and trying a change on the last day's calls: in the admin and over the API, tenant by tenant."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from audit.models import OutboxRecord
from llmproxy.models import ModelDeployment, Price, Provider, Route, RouteDeployment, RouteFallback
from tests.accounts.api.conftest import client_of  # noqa: F401 (fixture)
from tests.gateway_world import World
from tests.llmproxy.routing.past_calls import put_on_record

BACKEND = "django.contrib.auth.backends.ModelBackend"
JSON = "application/json"
ClientOf = Callable[..., Client]


@pytest.fixture
def route(world: World) -> Route:
    made = Route.objects.create(organisation=world.organisation, public_name="public")
    for priority, slug in enumerate(("one", "two")):
        provider = world.add_provider("https://api.example.com/v1", slug)
        deployment = ModelDeployment.objects.create(provider=provider, upstream_model="model")
        RouteDeployment.objects.create(route=made, deployment=deployment, priority=priority)
        Price.objects.create(deployment=deployment, input=Decimal(priority + 1), output=Decimal(10))
    return made


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, BACKEND)
    return client


def ask(client: Client, path: str, body: object) -> Any:
    return client.post(f"/api/v1/routes/{path}", body, content_type=JSON)


def test_a_call_that_might_come_is_explained(client_of: ClientOf, route: Route, world: World) -> None:  # noqa: F811
    RouteDeployment.objects.filter(priority=0).update(conditions={"prompt_tokens": {"max": 100}})
    other = world.add_route(Provider.objects.get(slug="two"), "other", default=False)
    RouteFallback.objects.create(route=route, target=other, on="rate_limited")
    alice = client_of("alice")
    small = ask(alice, f"{route.pk}/explain", {"prompt_tokens": 100}).json()
    assert [it["deployment"] for it in small["candidates"]] == ["one/model", "two/model"]
    assert (small["candidates"][0]["share"], small["candidates"][1]["share"]) == (100, 0)
    assert small["fallbacks"] == [{"after": "Rate limit or quota (429)", "route": "other"}]
    large = ask(alice, f"{route.pk}/explain", {"prompt_tokens": 101}).json()
    assert [it["deployment"] for it in large["candidates"]] == ["two/model"]
    assert large["excluded"] == [
        {"deployment": "one/model", "why": "it takes prompts up to 100 tokens, this one has about 101"}
    ]


def test_shares_are_told_where_chance_decides(client_of: ClientOf, route: Route) -> None:  # noqa: F811
    Route.objects.update(strategy="weighted")
    RouteDeployment.objects.update(priority=0)
    RouteDeployment.objects.filter(deployment__provider__slug="one").update(weight=3)
    made = ask(client_of("alice"), f"{route.pk}/explain", {}).json()
    shares = {it["deployment"]: it["share"] for it in made["candidates"]}
    assert 65 < shares["one/model"] < 85 and 15 < shares["two/model"] < 35


@pytest.mark.parametrize(
    ("change", "said"),
    [({"enabled": False}, "The route is switched off"), ({}, "No deployment of this route is switched on")],
)
def test_a_route_that_serves_nobody_says_so(
    client_of: ClientOf,  # noqa: F811
    route: Route,
    change: dict[str, Any],
    said: str,
) -> None:
    Route.objects.filter(pk=route.pk).update(**change or {"enabled": True})
    Provider.objects.update(enabled=False)
    assert said in ask(client_of("alice"), f"{route.pk}/explain", {}).json()["problem"]


@pytest.mark.parametrize("body", [{"prompt_tokens": -1}, {"prompt_tokens": "x"}, {"needs": "vision"}, {"team": "x"}])
def test_an_odd_question_is_refused(client_of: ClientOf, route: Route, body: Any) -> None:  # noqa: F811
    assert ask(client_of("alice"), f"{route.pk}/explain", body).status_code == 400


def test_a_past_call_is_explained_from_its_record(client_of: ClientOf, route: Route) -> None:  # noqa: F811
    put_on_record(route, 2)
    alice = client_of("alice")
    (found,) = alice.get(f"/api/v1/routes/{route.pk}/explain?request_id=call-1").json()["items"]
    assert found["plan"]["attempts"][0]["to"] == "one/model"
    assert len(alice.get(f"/api/v1/routes/{route.pk}/explain").json()["items"]) == 2
    assert alice.get(f"/api/v1/routes/{route.pk}/explain?request_id=nobody").status_code == 404


def test_the_stranger_is_told_nothing(client_of: ClientOf, route: Route, world: World) -> None:  # noqa: F811
    put_on_record(route, 1)
    charlie = client_of("charlie")
    assert ask(charlie, f"{route.pk}/explain", {}).status_code == 404
    assert ask(charlie, f"{route.pk}/dry_run", {}).status_code == 404
    assert charlie.get(f"/api/v1/routes/{route.pk}/explain").status_code == 404
    assert browser(world.charlie).get(f"/admin/llmproxy/route/{route.pk}/explain/").status_code == 404


def test_of_a_shared_route_each_sees_his_own_calls(client_of: ClientOf, route: Route, world: World) -> None:  # noqa: F811
    Route.objects.filter(pk=route.pk).update(organisation=None)
    route.refresh_from_db()
    put_on_record(route, 1, organisation_id=str(world.organisation.pk))
    assert len(client_of("alice").get(f"/api/v1/routes/{route.pk}/explain").json()["items"]) == 1
    assert client_of("charlie").get(f"/api/v1/routes/{route.pk}/explain").json()["items"] == []


def test_a_dry_run_says_what_would_have_moved_and_what_it_would_have_cost(
    client_of: ClientOf,  # noqa: F811
    route: Route,
) -> None:
    put_on_record(route, 40)
    places = [
        {"deployment": str(place.deployment_id), "weight": weight}
        for place, weight in zip(RouteDeployment.objects.order_by("priority"), (1, 3), strict=True)
    ]
    alice, before = client_of("alice"), OutboxRecord.objects.count()
    made = ask(alice, f"{route.pk}/dry_run", {"strategy": "weighted", "places": places}).json()
    uses = {use["deployment"]: (use["before"], use["after"]) for use in made["deployments"]}
    assert made["calls"] == 40 and uses["one/model"][0] == 40 and 20 < uses["two/model"][1] < 40
    assert made["moved"] == uses["two/model"][1]
    assert made["cost_after"] - made["cost_before"] == made["moved"] * 1_000_000
    assert Route.objects.get(pk=route.pk).strategy == "priority" and OutboxRecord.objects.count() == before
    refused = ask(alice, f"{route.pk}/dry_run", {"places": []})
    assert refused.status_code == 400 and "No deployment of this route" in refused.content.decode()


def test_the_page_explains_a_call_and_the_newest_calls(route: Route, world: World) -> None:
    put_on_record(route, 1)
    page = browser(world.alice).get(f"/admin/llmproxy/route/{route.pk}/explain/?prompt_tokens=5").content.decode()
    assert "Tried in this order" in page and "priority 0, weight 1" in page
    assert "call-0" in page and "it answered" in page
    missing = browser(world.alice).get(f"/admin/llmproxy/route/{route.pk}/explain/?request_id=gone").content.decode()
    assert "No call of this route with that id is on record" in missing


def test_the_page_tries_a_time_an_organisation_and_a_data_policy(route: Route, world: World) -> None:
    Route.objects.filter(pk=route.pk).update(organisation=None)
    boss = User.objects.create_superuser("boss")

    def page(**conditions: Any) -> str:
        RouteDeployment.objects.filter(priority=0).update(conditions=conditions)
        query = {"prompt_tokens": "", "at": "2026-11-28 23:30", "organisation": "acme", "data_policy": "", **asked}
        return browser(boss).get(f"/admin/llmproxy/route/{route.pk}/explain/", query).content.decode()

    asked: dict[str, str] = {}
    night = {"times": {"from": "22:00", "to": "06:00", "zone": "UTC"}}
    assert "Not one/model" not in page(**night) and "Not one/model" not in page(organisations=["acme"])
    asked = {"at": "2026-11-28 12:00", "organisation": "other"}
    assert "Not one/model" in page(**night) and "Not one/model" in page(organisations=["acme"])
    asked = {"data_policy": "no_training"}
    assert "the caller demands no_training" in page()
    asked = {"at": "soon"}
    assert "Enter a valid date/time." in page()


def form_of(route: Route, **fields: Any) -> dict[str, Any]:
    form: dict[str, Any] = {
        "public_name": route.public_name, "organisation": str(route.organisation_id), "kind": "chat", "enabled": "on",
        "strategy": "priority", "requirements": "{}", "max_attempts": 3, "fallbacks-TOTAL_FORMS": 0,
        "fallbacks-INITIAL_FORMS": 0, "places-TOTAL_FORMS": 2, "places-INITIAL_FORMS": 2,
    }  # fmt: skip
    for index, place in enumerate(RouteDeployment.objects.order_by("priority")):
        values = {"id": place.pk, "route": route.pk, "deployment": place.deployment_id, "priority": 1 - index}
        values |= {"weight": 1, "role": "normal", "share": 5, "conditions": "{}"}
        form |= {f"places-{index}-{name}": str(value) for name, value in values.items()}
    return {**form, **fields}


def test_the_form_is_tried_and_nothing_changes_until_it_is_published(route: Route, world: World) -> None:
    put_on_record(route, 3)
    alice, path = browser(world.alice), f"/admin/llmproxy/route/{route.pk}/change/"
    before = OutboxRecord.objects.count()
    page = alice.post(path, form_of(route, _dry_run="1"))
    said = page.content.decode()
    assert page.status_code == 200 and "Nothing is changed yet" in said and "two/model" in said
    assert "was changed successfully" not in said
    assert list(RouteDeployment.objects.order_by("priority").values_list("deployment__provider__slug", flat=True)) == [
        "one",
        "two",
    ]
    assert OutboxRecord.objects.count() == before
    assert alice.post(path, form_of(route, _save="1")).status_code == 302
    assert RouteDeployment.objects.order_by("priority")[0].deployment.provider.slug == "two"


def test_a_form_that_is_wrong_says_so_also_in_a_dry_run(route: Route, world: World) -> None:
    path = f"/admin/llmproxy/route/{route.pk}/change/"
    page = browser(world.alice).post(path, form_of(route, _dry_run="1", requirements='{"moon": 1}'))
    assert "is no requirement" in page.content.decode()
