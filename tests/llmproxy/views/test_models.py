"""GET /v1/models and /v1/models/{id}."""

from tests.asgi_client import AsgiClient
from tests.gateway_world import World


async def test_it_lists_what_the_caller_may_use(gateway: AsgiClient, world: World) -> None:
    answer = await gateway.bearing(world.key).get("/v1/models")
    assert [model["id"] for model in answer.json()["data"]] == ["public", "vectors"]
    assert all(model["type"] == "base" for model in answer.json()["data"])


async def test_the_stranger_sees_nothing_of_it(gateway: AsgiClient, world: World) -> None:
    stranger = gateway.bearing(world.strangers_key)
    assert (await stranger.get("/v1/models")).json()["data"] == []
    assert (await stranger.get("/v1/models/public")).status == 404


async def test_one_model_is_found_by_its_name(gateway: AsgiClient, world: World) -> None:
    answer = await gateway.bearing(world.key).get("/v1/models/public")
    assert answer.json()["id"] == "public"


async def test_an_unknown_model_is_404_in_the_dialect(gateway: AsgiClient, world: World) -> None:
    answer = await gateway.bearing(world.key).get("/v1/models/meta/none")
    assert (answer.status, answer.json()["error"]["code"]) == (404, "model_not_found")
