"""What a route, its places, its fallbacks and its presets refuse when they are saved, in words."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from llmproxy.actions import check_route
from llmproxy.models import ModelDeployment, ModelFacts, ModelPreset, Provider, Route, RouteDeployment, RouteFallback
from tests.gateway_world import World

URL = "https://api.example.com/v1"


def add_routes(world: World, *names: str) -> list[Route]:
    provider = world.add_provider(URL)
    return [world.add_route(provider, name, default=False) for name in names]


def refusal(row: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    return str(caught.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"requirements": {"moons": "two"}}, "'moons' is no requirement"),
        ({"requirements": {"regions": []}}, "regions"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"max_attempts": 11}, "max_attempts"),
        ({"hedge_after": 0}, "hedge_after"),
        ({"total_timeout": 100_000}, "total_timeout"),
        ({"strategy": "astrology"}, "strategy"),
        ({"sticky": "glue"}, "sticky"),
    ],
)
def test_a_route_refuses_nonsense(world: World, fields: dict[str, Any], said: str) -> None:
    assert said in refusal(Route(organisation=world.organisation, public_name="r", **fields))


def test_an_organisation_has_one_default_of_a_kind(world: World) -> None:
    world.add_route(world.add_provider(URL), "first", default=True)
    second = Route(organisation=world.organisation, public_name="second", is_default=True)
    assert "“first” is the default for Chat already" in refusal(second)
    Route(organisation=world.elsewhere, public_name="second", is_default=True).full_clean()
    Route(organisation=world.organisation, public_name="s", kind="embeddings", is_default=True).full_clean()


def test_fallbacks_do_not_go_in_a_circle_however_long(world: World) -> None:
    first, second, third = add_routes(world, "first", "second", "third")
    RouteFallback.objects.create(route=first, target=second)
    RouteFallback.objects.create(route=second, target=third, on="rate_limited")
    said = refusal(RouteFallback(route=third, target=first))
    assert "The fallbacks would go in a circle: third → first → second → third." in said
    assert "first → first" in refusal(RouteFallback(route=first, target=first))
    RouteFallback(route=first, target=third, position=1).full_clean()


def test_a_fallback_leads_to_a_route_that_the_organisation_may_use_and_of_the_same_kind(world: World) -> None:
    (route,) = add_routes(world, "mine")
    theirs = Route.objects.create(organisation=world.elsewhere, public_name="theirs")
    vectors = Route.objects.create(organisation=world.organisation, public_name="vectors", kind="embeddings")
    assert "belongs to an organisation" in refusal(RouteFallback(route=route, target=theirs))
    assert "another kind" in refusal(RouteFallback(route=route, target=vectors))


@pytest.mark.parametrize(
    ("on", "statuses"), [("status", []), ("any", [500]), ("status", [200]), ("status", [True]), ("status", "500")]
)
def test_statuses_are_given_where_they_are_meant(world: World, on: str, statuses: Any) -> None:
    first, second = add_routes(world, "first", "second")
    assert "statuses" in refusal(RouteFallback(route=first, target=second, on=on, statuses=statuses))


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"organisations": ["somebody-else"]}, "no call would ever go here"),
        ({"prompt_tokens": {"min": 9000}}, "context window holds 8000 tokens"),
        ({"prompt_tokens": {"min": 9, "max": 8}}, "no prompt has"),
        ({"needs": ["audio_input"]}, "not known to have audio_input"),
        ({"needs": ["flying"]}, "no call is known to need 'flying'"),
        ({"phase": "full moon"}, "is no condition"),
    ],
)
def test_conditions_that_no_call_can_meet_are_refused(world: World, conditions: Any, said: str) -> None:
    (route,) = add_routes(world, "r")
    facts = ModelFacts.objects.create(catalogue="x", model="y", context_window=8000, capabilities=["vision"])
    ModelDeployment.objects.update(facts=facts)
    place = RouteDeployment.objects.get(route=route)
    place.conditions = conditions
    assert said in refusal(place)


@pytest.mark.parametrize("most", [0, -1, 10**12])
def test_a_cap_of_calls_at_once_is_a_sensible_number(world: World, most: int) -> None:
    add_routes(world, "r")
    deployment = ModelDeployment.objects.get()
    deployment.max_parallel = most
    assert "max_parallel" in refusal(deployment)


def check(route: Route) -> str:
    places = RouteDeployment.objects.filter(route=route).select_related("deployment__provider", "deployment__facts")
    with pytest.raises(ValidationError) as caught:
        check_route.execute(route, list(places))
    return str(caught.value)


def test_a_route_that_is_on_has_a_deployment_that_is_on(world: World) -> None:
    (route,) = add_routes(world, "r")
    Provider.objects.update(enabled=False)
    assert "No deployment of this route is switched on" in check(route)
    route.enabled = False
    check_route.execute(route, [])


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"role": "shadow"}, "beside a deployment that serves"), ({"role": "canary"}, "beside a deployment that serves")],
)
def test_somebody_serves(world: World, fields: dict[str, Any], said: str) -> None:
    (route,) = add_routes(world, "r")
    RouteDeployment.objects.update(**fields)
    assert said in check(route)


def test_canaries_get_at_most_all_calls(world: World) -> None:
    (route,) = add_routes(world, "r")
    for name in ("one", "two"):
        deployment = ModelDeployment.objects.create(provider=Provider.objects.get(), upstream_model=name)
        RouteDeployment.objects.create(route=route, deployment=deployment, role="canary", share=60)
    assert "together get 120 % of the calls" in check(route)


def test_somebody_meets_the_requirements(world: World) -> None:
    (route,) = add_routes(world, "r")
    route.requirements = {"regions": ["eu"]}
    assert "it is in an unknown region, not in eu" in check(route)
    Provider.objects.update(region="eu-west-1")
    places = RouteDeployment.objects.filter(route=route)
    check_route.execute(route, list(places))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"parameters": {"messages": []}}, "messages belongs to each call"),
        ({"parameters": {"api_key": "x"}}, "api_key belongs to each call"),
        ({"parameters": {"max_tokens": -1}}, "`max_tokens` must be from 1"),
        ({"parameters": {"max_tokens": "10"}}, "`max_tokens` must be a whole number"),
        ({"parameters": []}, "An object such as"),
        ({"public_name": "r"}, "A route has this name"),
        ({"public_name": " x"}, "no spaces at the ends"),
    ],
)
def test_a_preset_refuses_what_is_not_its_own(world: World, fields: dict[str, Any], said: str) -> None:
    (route,) = add_routes(world, "r")
    given = {"organisation": world.organisation, "public_name": "brief", "route": route, **fields}
    if fields.get("parameters") == []:
        given["parameters"] = [1]
    assert said in refusal(ModelPreset(**given))


def test_a_route_does_not_take_a_presets_name_and_a_preset_not_a_strangers_route(world: World) -> None:
    (route,) = add_routes(world, "r")
    ModelPreset.objects.create(organisation=world.organisation, public_name="brief", route=route)
    assert "A preset has this name" in refusal(Route(organisation=world.organisation, public_name="brief"))
    stranger = ModelPreset(organisation=world.elsewhere, public_name="mine", route=route)
    assert "only its own presets may use it" in refusal(stranger)
