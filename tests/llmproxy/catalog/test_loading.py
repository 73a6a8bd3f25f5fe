"""The snapshot: complete, scoped, secret, and not brought down by one bad row."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from llmproxy.catalog.loading import load
from llmproxy.models import ModelDeployment, Provider, ProviderCredential, Route, RouteDeployment
from tests.gateway_world import SECRET, World

URL = "https://api.example.com/v1"


def test_it_holds_everything_that_a_call_needs(world: World) -> None:
    quirks = {"rename": {"a": "b"}, "extra_headers": {"X-Team": "one"}}
    world.add_route(world.add_provider(URL, quirks=quirks, total_timeout=30.0))
    deployment = load(1).models_for(str(world.organisation.pk))["public"].deployments[0]
    credential = deployment.credentials.pick()
    assert credential is not None
    assert credential.auth.headers("POST", URL, (), b"") == ((b"authorization", f"Bearer {SECRET}".encode()),)
    assert deployment.extra_headers == ((b"x-team", b"one"),)
    assert deployment.rules.rename == {"a": "b"}
    assert deployment.timeouts.total == 30.0


def test_secrets_stay_out_of_its_repr(world: World) -> None:
    world.add_route(world.add_provider(URL))
    assert SECRET not in repr(load(1))


def test_the_stranger_sees_shared_routes_only(world: World) -> None:
    world.add_route(world.add_provider(URL))
    Route.objects.create(public_name="shared")
    catalog = load(1)
    assert set(catalog.models_for(str(world.organisation.pk))) == {"public", "shared"}
    assert set(catalog.models_for(str(world.elsewhere.pk))) == {"shared"}


def test_an_organisations_own_route_goes_before_a_shared_one_of_the_same_name(world: World) -> None:
    Route.objects.create(public_name="public")
    world.add_route(world.add_provider(URL))
    assert load(1).models_for(str(world.organisation.pk))["public"].deployments


def test_what_is_switched_off_is_not_there(world: World) -> None:
    route = world.add_route(world.add_provider(URL))
    ModelDeployment.objects.update(enabled=False)
    assert load(1).models_for(str(world.organisation.pk))["public"].deployments == ()
    Route.objects.filter(pk=route.pk).update(enabled=False)
    assert "public" not in load(1).models_for(str(world.organisation.pk))


def test_deployments_come_in_the_order_of_their_priority(world: World) -> None:
    provider = world.add_provider(URL)
    route = world.add_route(provider)
    first = ModelDeployment.objects.create(provider=provider, upstream_model="first")
    RouteDeployment.objects.update(priority=5)
    RouteDeployment.objects.create(route=route, deployment=first, priority=1)
    deployments = load(1).models_for(str(world.organisation.pk))["public"].deployments
    assert [deployment.upstream_model for deployment in deployments] == ["first", "up-public"]


def test_a_key_that_does_not_open_takes_its_provider_out_and_nothing_else(world: World) -> None:
    world.add_route(world.add_provider(URL, "good"), "works")
    world.add_route(world.add_provider(URL, "bad"), "broken", default=False)
    ProviderCredential.objects.filter(provider__slug="bad").update(secret_sealed="v1.k1.AAAA.AAAA")
    catalog = load(1)
    routes = catalog.models_for(str(world.organisation.pk))
    assert routes["works"].deployments
    assert not routes["broken"].deployments
    assert "bad" in catalog.problems[0]


def test_it_costs_the_same_number_of_queries_whatever_the_number_of_rows(world: World) -> None:
    provider = world.add_provider(URL)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            load(1)
        return len(counted)

    world.add_route(provider, "one")
    before = queries()
    for number in range(5):
        world.add_route(world.add_provider(URL, f"p{number}"), f"r{number}", default=False)
    assert queries() == before
    assert Provider.objects.count() == 6


def test_the_default_route_is_the_organisations_own(world: World) -> None:
    world.add_route(world.add_provider(URL), "ours")
    catalog = load(1)
    found = catalog.default_route(str(world.organisation.pk), "chat")
    assert found is not None
    assert found.name == "ours"
    assert catalog.default_route(str(world.elsewhere.pk), "chat") is None
