"""Routes in the snapshot: policies, places, fallbacks, presets."""

from llmproxy.catalog.loading import load
from llmproxy.models import ModelDeployment, ModelFacts, ModelPreset, Route, RouteDeployment, RouteFallback
from tests.gateway_world import World

URL = "https://api.example.com/v1"


def test_a_route_holds_all_that_planning_needs(world: World) -> None:
    route = world.add_route(world.add_provider(URL, region="eu", data_policy=["no_training"], total_timeout=9.0))
    facts = ModelFacts.objects.create(catalogue="x", model="y", context_window=8000, capabilities=["vision"])
    ModelDeployment.objects.update(facts=facts, max_parallel=4, breaker_failures=7)
    RouteDeployment.objects.update(conditions={"needs": "vision"}, role="normal", weight=3)
    Route.objects.update(
        strategy="cheapest", requirements={"regions": "eu"}, sticky="principal", first_byte_timeout=2.0
    )
    found = load(1).models_for(str(world.organisation.pk))["public"]
    assert (found.id, found.policy.strategy, found.policy.sticky) == (str(route.pk), "cheapest", "principal")
    assert found.policy.requirements.regions == {"eu"} and found.only is None
    deployment, place = found.deployments[0], found.places[0]
    assert (deployment.max_parallel, deployment.limits.failures) == (4, 7)
    assert (deployment.timeouts.first_byte, deployment.timeouts.total) == (2.0, 9.0)
    assert (place.label, place.region, place.data, place.weight) == ("local/up-public", "eu", {"no_training"}, 3)
    assert (place.context_window, place.capabilities, place.conditions.needs) == (8000, {"vision"}, {"vision"})


def test_one_deployment_without_rules_is_simple(world: World) -> None:
    world.add_route(world.add_provider(URL))
    assert load(1).models_for(str(world.organisation.pk))["public"].only is not None


def test_fallbacks_are_found_by_id_and_only_where_the_organisation_may_use_them(world: World) -> None:
    provider = world.add_provider(URL)
    first, second = (world.add_route(provider, name, default=False) for name in ("first", "second"))
    theirs = Route.objects.create(organisation=world.elsewhere, public_name="theirs")
    for position, target in enumerate((theirs, second)):
        RouteFallback.objects.create(route=first, target=target, position=position)
    catalog = load(1)
    fallbacks = catalog.models_for(str(world.organisation.pk))["first"].policy.fallbacks
    assert [catalog.by_id[fallback.route].name for fallback in fallbacks] == ["second"]


def test_a_preset_is_a_route_of_another_name(world: World) -> None:
    route = world.add_route(world.add_provider(URL))
    ModelPreset.objects.create(
        organisation=world.organisation, public_name="brief", route=route, parameters={"temperature": 0}
    )
    ModelPreset.objects.create(organisation=world.elsewhere, public_name="stolen", route=route)
    found = load(1).models_for(str(world.organisation.pk))["brief"]
    assert found.preset is not None and found.preset.parameters == {"temperature": 0}
    assert found.deployments and not found.is_default
    assert "stolen" not in load(1).models_for(str(world.elsewhere.pk))


def test_a_rule_that_cannot_be_read_takes_its_route_out_and_nothing_else(world: World) -> None:
    provider = world.add_provider(URL)
    world.add_route(provider, "good", default=False)
    broken = world.add_route(provider, "broken", default=False)
    RouteDeployment.objects.filter(route=broken).update(conditions={"nonsense": 1})
    catalog = load(1)
    assert set(catalog.models_for(str(world.organisation.pk))) == {"good"}
    assert "Route broken is out of service: 'nonsense' is no condition." in catalog.problems[0]


def test_the_number_of_queries_does_not_grow_with_the_routes(world: World, database_calls: list[str]) -> None:
    provider = world.add_provider(URL)
    world.add_route(provider, "first", default=False)
    with_one = loaded_with(database_calls)
    for number in range(5):
        world.add_route(provider, f"r{number}", default=False)
    assert loaded_with(database_calls) == with_one > 0


def loaded_with(database_calls: list[str]) -> int:
    database_calls.clear()
    load(1)
    return len(database_calls)
