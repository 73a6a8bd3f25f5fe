"""GET /v1/models and /v1/models/{id}."""

import pytest

from tests.asgi_client import AsgiClient
from tests.gateway_world import World


async def test_it_lists_what_the_caller_may_use(gateway: AsgiClient, world: World) -> None:
    answer = await gateway.bearing(world.key).get("/v1/models")
    assert [model["id"] for model in answer.json()["data"]] == ["public", "vectors"]
    assert all(model["type"] == "base" for model in answer.json()["data"])
    assert [model["capabilities"]["completion_chat"] for model in answer.json()["data"]] == [True, False]


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


async def test_anthropics_sdk_gets_its_own_shape_in_pages(gateway: AsgiClient, world: World) -> None:
    client = gateway.bearing(world.key)
    version = [("anthropic-version", "2026-10-21")]
    all_of_it = (await client.get("/v1/models?limit=1000", headers=version)).json()
    assert [model["id"] for model in all_of_it["data"]] == ["public", "vectors"]
    assert all_of_it["data"][0]["type"] == "model"
    assert all_of_it["data"][0]["created_at"].endswith("Z")
    assert (all_of_it["has_more"], all_of_it["first_id"], all_of_it["last_id"]) == (False, "public", "vectors")
    first = (await client.get("/v1/models?limit=1", headers=version)).json()
    assert (first["has_more"], first["last_id"]) == (True, "public")
    rest = (await client.get("/v1/models?limit=1&after_id=public", headers=version)).json()
    assert (rest["has_more"], rest["first_id"]) == (False, "vectors")
    before = (await client.get("/v1/models?before_id=vectors", headers=version)).json()
    assert (before["has_more"], before["last_id"]) == (False, "public")
    one = (await client.get("/v1/models/public", headers=version)).json()
    assert one["display_name"] == "public"


async def test_googles_sdk_gets_its_own_shape_in_pages(gateway: AsgiClient, world: World) -> None:
    key = [("x-goog-api-key", world.key)]
    first = (await gateway.get("/v1/models?pageSize=1", headers=key)).json()
    assert first["models"][0]["name"] == "models/public"
    assert "generateContent" in first["models"][0]["supportedGenerationMethods"]
    rest = (await gateway.get(f"/v1beta/models?pageToken={first['nextPageToken']}", headers=key)).json()
    assert [model["name"] for model in rest["models"]] == ["models/vectors"]
    assert "nextPageToken" not in rest
    assert (await gateway.get("/v1beta/models/public", headers=key)).json()["baseModelId"] == "public"


@pytest.mark.parametrize(
    ("path", "member"),
    [("/models", "object"), ("/openai/v1/models", "object"), ("/anthropic/v1/models", "has_more"),
     ("/genai/v1beta/models", "models")],
)  # fmt: skip
async def test_a_path_of_one_family_needs_no_header(gateway: AsgiClient, world: World, path: str, member: str) -> None:
    assert member in (await gateway.bearing(world.key).get(path)).json()


@pytest.mark.parametrize("query", ["limit=0", "limit=1e3", "limit=99999", "after_id=nope", "limit=%FF"])
async def test_a_page_that_makes_no_sense_is_refused(gateway: AsgiClient, world: World, query: str) -> None:
    answer = await gateway.bearing(world.key).get(f"/anthropic/v1/models?{query}")
    assert (answer.status, answer.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_an_unknown_path_answers_in_the_prefixs_dialect(gateway: AsgiClient, world: World) -> None:
    client = gateway.bearing(world.key)
    assert (await client.get("/anthropic/v1/nothing")).json()["error"]["type"] == "not_found_error"
    assert (await client.get("/v1beta/nothing")).json()["error"]["status"] == "NOT_FOUND"
    assert (await client.get("/openai/v1/nothing")).json()["error"]["code"] == "unknown_endpoint"
