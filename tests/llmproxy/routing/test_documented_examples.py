"""The examples of docs/routing.md, read from the page: saved over the management API, called at the gateway."""

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.test import Client

from llmproxy.models import ModelDeployment, Provider
from tests.accounts.api.conftest import client_of  # noqa: F401 (fixture)
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.pipeline.two_providers import PATH, TwoProviders, attempts, reload
from tests.upstream import Upstream

PAGE = Path(__file__).resolve().parents[3] / "docs" / "routing.md"
EXAMPLES = [
    json.loads(text) for text in re.findall(r"<!-- example -->\n```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
]
MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.fixture
async def gatehouse(world: World, settings) -> AsyncIterator[TwoProviders]:  # type: ignore[no-untyped-def]
    from config.asgi import application  # runs django.setup(), which must not happen before pytest-django's

    settings.GATEHOUSE_STALE_SECONDS = 600
    await sync_to_async(lambda: (apps.get_app_config("llmproxy").runtime, reload()), thread_sensitive=True)()
    yield TwoProviders(world, AsgiClient(application), Upstream(), Upstream(), settings)


class Example:
    """One example: its rows, made as an administrator makes them."""

    def __init__(self, said: dict[str, Any], world: World, client: Client) -> None:
        self.said, self.world, self.client = said, world, client
        self.ids: dict[str, str] = {}

    def build(self) -> str:
        """Everything that the example names; what was refused, "" where nothing was."""
        for name, model in self.said["deployments"].items():
            region = self.said.get("regions", {}).get(name, "")
            provider = Provider.objects.create(
                organisation=self.world.organisation, name=name, slug=name, base_url="simulator://local/v1",
                auth_scheme="none", region=region,
            )  # fmt: skip
            self.ids[name] = str(ModelDeployment.objects.create(provider=provider, upstream_model=model).pk)
        if "circle" in self.said["expect"].get("refused", ""):
            self._circle()
            return self._refusal
        if "other_route" in self.said:
            self._post("routes", self._route(self.said["other_route"]))
        self._post("routes", self._route({"public_name": "example", **self.said["route"]}))
        if "preset" in self.said:
            self._post("model-presets", {**self.said["preset"], "route": self.ids["example"]})
        return ""

    def _circle(self) -> None:
        """The other route first without its fallback, which would lead to a route that is not there yet."""
        other = dict(self.said["other_route"])
        fallbacks = other.pop("fallbacks")
        self._post("routes", self._route(other))
        self._post("routes", self._route({"public_name": "example", **self.said["route"]}))
        body = self._route({"fallbacks": fallbacks})
        answer = self.client.patch(f"/api/v1/routes/{self.ids['reserve']}", body, content_type="application/json")
        assert answer.status_code == 400
        self._refusal = json.dumps(answer.json(), ensure_ascii=False)

    def _route(self, body: dict[str, Any]) -> dict[str, Any]:
        made = dict(body)
        for name, inner in (("places", "deployment"), ("fallbacks", "target")):
            if name in made:
                made[name] = [{**part, inner: self.ids[part[inner]]} for part in made[name]]
        return made

    def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = self.client.post(f"/api/v1/{path}", body, content_type="application/json")
        assert answer.status_code == 201, answer.content
        self.ids[body["public_name"]] = answer.json()["id"]

    def explained(self) -> Any:
        path = f"/api/v1/routes/{self.ids['example']}/explain"
        return self.client.post(path, self.said["explain"], content_type="application/json").json()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("said", EXAMPLES, ids=range(len(EXAMPLES)))
async def test_an_example_does_what_the_page_says(
    said: dict[str, Any],
    gatehouse: TwoProviders,
    world: World,
    client_of: Callable[..., Client],  # noqa: F811
) -> None:
    example = Example(said, world, await sync_to_async(client_of)("alice"))
    refused = await sync_to_async(example.build)()
    expect = said["expect"]
    assert expect.get("refused", "") in refused
    if "explain" in said:
        found = await sync_to_async(example.explained)()
        _check_explanation(found, expect)
    await sync_to_async(reload)()
    for number, expected in enumerate(filter(None, (expect if "call" in said else None, said.get("then")))):
        await _check_call(gatehouse, said["call"], expected, number)


def _check_explanation(found: Any, expect: dict[str, Any]) -> None:
    order = [_short(it["deployment"]) for it in found["candidates"]]
    assert order == expect.get("order", order)
    excluded = {_short(it["deployment"]): it["why"] for it in found["excluded"]}
    assert expect.get("excluded", {}).items() <= excluded.items()
    shares = {_short(label): share for label, share in found["shares"].items()}
    assert shares == {name: pytest.approx(share, abs=5) for name, share in expect.get("first", shares).items()}


async def _check_call(gatehouse: TwoProviders, call: dict[str, Any], expected: dict[str, Any], number: int) -> None:
    headers = [("content-type", "application/json"), *call.get("headers", {}).items()]
    body = {"model": "example", "messages": MESSAGES, **call.get("body", {})}
    answer = await gatehouse.client.bearing(gatehouse.world.key).post(PATH, body, headers=headers)
    assert answer.status == expected["status"], answer.body
    if "message" in expected:
        assert expected["message"] in answer.json()["error"]["message"]
    if "served_by" in expected:
        assert _short(answer.headers["x-gatehouse-deployment"]) == expected["served_by"]
        record = (await gatehouse.terminal())[number]
        assert [result for _, result in attempts(record)] == expected["attempts"]


def _short(label: str) -> str:
    return label.partition("/")[0]
