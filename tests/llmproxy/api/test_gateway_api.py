"""Providers, models, routes and prices over the management API."""

from collections.abc import Callable

import pytest
from django.test import Client, override_settings

from accounts.models import User
from audit.models import OutboxRecord
from llmproxy.models import ModelDeployment, Price, Provider, ProviderCredential, Route
from tests.accounts.api.conftest import client_of, superuser  # noqa: F401 (fixtures)
from tests.gateway_world import SECRET, World

JSON = "application/json"
ClientOf = Callable[..., Client]
LOCAL = "https://api.example.com/v1"


def send(client: Client, method: str, path: str, body: object = None):  # type: ignore[no-untyped-def]
    return getattr(client, method)(f"/api/v1/{path}", body or {}, content_type=JSON)


@pytest.fixture
def alice(client_of: ClientOf) -> Client:  # noqa: F811
    return client_of("alice")


def test_from_nothing_to_a_route(alice: Client) -> None:
    provider = send(alice, "post", "providers", {"name": "Mine", "slug": "mine", "base_url": f"{LOCAL}/"}).json()
    assert provider["base_url"] == LOCAL and provider["organisation"]
    key = send(alice, "post", "provider-credentials", {"provider": provider["id"], "secret": "sk-canary-987654321"})
    assert key.status_code == 201 and key.json()["last4"] == "4321" and "secret" not in key.json()
    model = send(alice, "post", "models", {"provider": provider["id"], "upstream_model": "gpt-x"}).json()
    route = send(
        alice, "post", "routes", {"public_name": "best", "places": [{"deployment": model["id"], "priority": 1}]}
    )
    assert route.status_code == 201 and route.json()["places"] == [
        {"deployment": model["id"], "priority": 1, "weight": 1, "role": "normal", "share": 5.0, "conditions": {}}
    ]
    price = send(alice, "post", "prices", {"deployment": model["id"], "input": "2.50", "output": "10"})
    assert price.status_code == 201 and price.json()["input"] == "2.500000000"
    raw = b"".join(bytes(row.raw) for row in OutboxRecord.objects.all())
    for event in (
        b"provider.created",
        b"provider_credential.created",
        b"model_deployment.created",
        b"route.created",
        b"price.created",
    ):
        assert b"admin." + event in raw, event
    assert b"sk-canary" not in raw


def test_places_are_replaced_together_or_not_at_all(alice: Client, world: World) -> None:
    route = world.add_route(world.add_provider(LOCAL))
    embedding = ModelDeployment.objects.create(provider=Provider.objects.get(), upstream_model="e", kind="embeddings")
    good = ModelDeployment.objects.get(kind="chat")
    body = {"places": [{"deployment": str(good.pk)}, {"deployment": str(embedding.pk)}]}
    refused = send(alice, "patch", f"routes/{route.pk}", body)
    assert refused.status_code == 400 and "places" in refused.json()["errors"][0]["field"]
    assert [place.deployment for place in route.places.all()] == [good]
    nobody = send(alice, "patch", f"routes/{route.pk}", {"places": []})
    assert nobody.status_code == 400 and "No deployment of this route is switched on" in nobody.content.decode()
    emptied = send(alice, "patch", f"routes/{route.pk}", {"places": [], "enabled": False})
    assert emptied.json()["places"] == []


def test_a_strangers_rows_do_not_exist(client_of: ClientOf, world: World) -> None:  # noqa: F811
    provider = world.add_provider(LOCAL)
    world.add_route(provider)
    charlie = client_of("charlie")
    for path in ("providers", "provider-credentials", "models", "routes"):
        assert charlie.get(f"/api/v1/{path}").json()["items"] == [], path
    assert send(charlie, "post", "models", {"provider": str(provider.pk), "upstream_model": "x"}).status_code == 400
    body = {"provider": str(provider.pk), "secret": "sk-mine-123456"}
    assert send(charlie, "post", "provider-credentials", body).status_code == 400
    model = str(ModelDeployment.objects.get().pk)
    assert send(charlie, "post", "routes", {"public_name": "x", "places": [{"deployment": model}]}).status_code == 400
    assert send(charlie, "post", "prices", {"deployment": model, "input": "1"}).status_code == 400
    for verb in ("test", "models", "import_models"):
        assert send(charlie, "post", f"providers/{provider.pk}/{verb}").status_code == 404
    assert not Route.objects.filter(public_name="x").exists() and not Price.objects.exists()


def test_shared_rows_are_seen_by_all_and_changed_by_the_installation(alice: Client, superuser: User) -> None:  # noqa: F811
    root = Client()
    root.force_login(superuser, "django.contrib.auth.backends.ModelBackend")
    made = send(root, "post", "providers", {"name": "All", "slug": "all", "base_url": LOCAL}).json()
    assert made["organisation"] is None
    assert alice.get(f"/api/v1/providers/{made['id']}").status_code == 200
    assert send(alice, "patch", f"providers/{made['id']}", {"name": "Mine"}).status_code == 403
    assert send(alice, "delete", f"providers/{made['id']}").status_code == 403
    mine = {"name": "x", "slug": "x", "base_url": LOCAL, "organisation": None}
    assert send(alice, "post", "providers", mine).status_code == 400


def test_another_host_takes_the_keys_away(alice: Client, world: World) -> None:
    provider = world.add_provider(LOCAL)
    assert send(alice, "patch", f"providers/{provider.pk}", {"name": "Renamed"}).status_code == 200
    assert ProviderCredential.objects.count() == 1
    assert (
        send(alice, "patch", f"providers/{provider.pk}", {"base_url": "https://evil.example.net/v1"}).status_code == 200
    )
    assert ProviderCredential.objects.count() == 0


def test_a_key_stays_with_its_provider_and_is_never_read_back(alice: Client, world: World) -> None:
    one, two = world.add_provider(LOCAL), world.add_provider("https://evil.example.net/v1", "two")
    key = ProviderCredential.objects.get(provider=one)
    moved = send(alice, "patch", f"provider-credentials/{key.pk}", {"provider": str(two.pk), "weight": 3})
    assert moved.json()["provider"] == str(one.pk) and moved.json()["weight"] == 3
    assert SECRET not in moved.content.decode()
    key.refresh_from_db()
    assert key.secret() == SECRET
    send(alice, "patch", f"provider-credentials/{key.pk}", {"secret": "sk-new-0123456789"})
    key.refresh_from_db()
    assert key.secret() == "sk-new-0123456789"


@pytest.mark.parametrize(
    "base_url",
    [
        "http://127.0.0.1:9/v1",
        "https://169.254.169.254/",
        "ftp://x/",
        "https://user:pw@host/",
        "javascript:alert(1)",
        "",
    ],
)
@override_settings(GATEHOUSE_EGRESS_ALLOW=())
def test_addresses_that_may_not_be_called_are_refused(alice: Client, base_url: str) -> None:
    refused = send(alice, "post", "providers", {"name": "x", "slug": "x", "base_url": base_url})
    assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "base_url"


def test_a_price_is_ended_not_changed(alice: Client, world: World) -> None:
    world.add_route(world.add_provider(LOCAL))
    price = Price.objects.create(deployment=ModelDeployment.objects.get(), input=1, output=2)
    changed = send(alice, "patch", f"prices/{price.pk}", {"input": "0", "valid_to": "2100-01-01T00:00:00Z"})
    assert changed.status_code == 200 and changed.json()["input"] == "1.000000000"
    assert changed.json()["valid_to"] == "2100-01-01T00:00:00Z"
    assert send(alice, "patch", f"prices/{price.pk}", {"valid_to": "1999-01-01T00:00:00Z"}).status_code == 400
    for bad in ("-1", "NaN", "1e99", "x"):
        body = {"deployment": str(price.deployment_id), "input": bad}
        assert send(alice, "post", "prices", body).status_code == 400, bad


def test_a_provider_from_a_preset(alice: Client) -> None:
    listed = alice.get("/api/v1/presets").json()["items"]
    assert {"openai", "azure-openai"} <= {one["slug"] for one in listed}
    made = send(alice, "post", "presets/openai/create_provider", {"secret": "sk-canary-0123456789"})
    assert made.status_code == 201 and made.json()["preset"] == "openai" and made.json()["organisation"]
    refused = send(alice, "post", "presets/azure-openai/create_provider", {"answers": {"resource": "x#"}})
    assert refused.status_code == 400
    assert send(alice, "post", "presets/nothing/create_provider").status_code == 400


def test_the_simulator_answers_a_test(alice: Client, world: World) -> None:
    provider = world.add_provider("simulator://built-in/v1")
    tested = send(alice, "post", f"providers/{provider.pk}/test")
    assert tested.status_code == 200 and tested.json()["works"] is True
    found = send(alice, "post", f"providers/{provider.pk}/models").json()
    assert found["problem"] == "" and found["new"]
    name = found["new"][0]["name"]
    done = send(
        alice, "post", f"providers/{provider.pk}/import_models", {"models": {name: "chat"}, "with_routes": True}
    )
    assert done.json() == {"added": 1, "routes": 1, "switched_off": 0}
    assert Route.objects.filter(public_name=name).exists()


def test_what_a_provider_promises_is_set_and_checked(alice: Client) -> None:
    body = {"name": "Mine", "slug": "mine", "base_url": LOCAL, "region": "eu-west-1", "data_policy": ["no_training"]}
    made = send(alice, "post", "providers", body).json()
    assert (made["region"], made["data_policy"]) == ("eu-west-1", ["no_training"])
    for wrong in ({"region": "the moon"}, {"data_policy": ["two words"]}, {"data_policy": "no_training"}):
        assert send(alice, "patch", f"providers/{made['id']}", wrong).status_code == 400, wrong
