"""Several keys of one provider share its calls by weight."""

from collections import Counter

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps

from accounts.ring import envelope
from llmproxy.adapters.auth import Placement, scheme
from llmproxy.catalog import Credential, Credentials
from llmproxy.catalog.loading import load
from llmproxy.models import ProviderCredential
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.upstream import Upstream


def keys(*weights: int) -> Credentials:
    auth = scheme("bearer").auth
    return Credentials(
        tuple(Credential(str(n), f"k{n}", weight, auth(f"sk-{n}", Placement())) for n, weight in enumerate(weights))
    )


def shares(*weights: int) -> Counter[str]:
    picked = (keys(*weights).pick() for _ in range(2000))
    return Counter(credential.name for credential in picked if credential is not None)


def test_shares_follow_the_weights() -> None:
    found = shares(3, 1)
    assert 1350 < found["k0"] < 1650
    assert found["k0"] + found["k1"] == 2000


def test_a_key_of_weight_zero_is_a_spare() -> None:
    assert shares(1, 0) == {"k0": 2000}
    assert set(shares(0, 0)) == {"k0", "k1"}


def test_no_key_is_no_credential() -> None:
    assert keys().pick() is None


def test_they_stay_out_of_the_repr() -> None:
    assert "sk-0" not in repr(keys(1))


def test_a_key_that_does_not_open_leaves_the_others_in_service(world: World) -> None:
    provider = world.add_provider("https://api.example.com/v1")
    world.add_route(provider)
    ProviderCredential.objects.create(provider=provider, name="broken", secret_sealed=envelope().seal(b"x", aad="y"))
    catalog = load(1)
    credentials = catalog.models_for(str(world.organisation.pk))["public"].deployments[0].credentials
    assert [credential.name for credential in credentials.all] == ["default"]
    assert "broken" in catalog.problems[0]


@pytest.mark.parametrize(("weights", "sent"), [((1, 0), "sk-one-0123456789"), ((0, 1), "sk-two-0123456789")])
async def test_a_call_goes_out_with_the_key_that_was_picked(
    gateway: AsgiClient, world: World, upstream: Upstream, weights: tuple[int, int], sent: str
) -> None:
    await sync_to_async(_replace)(weights)
    ask = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}
    answer = await gateway.bearing(world.key).post("/v1/chat/completions", ask)
    assert answer.status == 200, answer.body
    assert upstream.received[0].headers["authorization"] == f"Bearer {sent}"


def _replace(weights: tuple[int, int]) -> None:
    first = ProviderCredential.objects.get()
    provider = first.provider
    first.delete()
    for name, weight in zip(("one", "two"), weights, strict=True):
        row = ProviderCredential(provider=provider, name=name, weight=weight)
        row.set_secret(f"sk-{name}-0123456789")
        row.save()
    apps.get_app_config("accounts").watcher.poll()
