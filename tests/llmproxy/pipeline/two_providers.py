"""Two providers on loopback behind one route `public`, and what the log says of a call."""

from dataclasses import dataclass
from typing import Any

import orjson
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent
from llmproxy.models import ModelDeployment, Route, RouteDeployment
from llmproxy.pipeline.runtime import Runtime
from tests.asgi_client import Answer, AsgiClient
from tests.gateway_world import World
from tests.upstream import Received, Reply, Script, Upstream

PATH = "/v1/chat/completions"
ASK = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}


def refusing(status: int, body: object = None, *headers: str) -> Script:
    async def script(_: Received, reply: Reply) -> None:
        await reply.json(body or {"error": {"message": "no"}}, status, *headers)

    return script


@dataclass
class TwoProviders:
    """`one` goes first, `two` second; both serve the route `public`, each as a provider of its own name."""

    world: World
    client: AsgiClient
    one: Upstream
    two: Upstream
    settings: Any

    @property
    def runtime(self) -> Runtime:
        return apps.get_app_config("llmproxy").runtime  # type: ignore[no-any-return]

    async def ask(self, body: dict[str, Any] | None = None, **options: Any) -> Answer:
        return await self.client.bearing(self.world.key).post(PATH, {**ASK, **(body or {})}, **options)

    async def set(self, model: Any = Route, **fields: Any) -> None:
        """Change all rows of a model, in force at once."""
        await sync_to_async(self._set)(model, fields)

    async def place(self, slug: str, **fields: Any) -> None:
        """Change a deployment's place in the route."""
        await self.do(lambda: RouteDeployment.objects.filter(deployment__provider__slug=slug).update(**fields))

    async def deployment(self, slug: str, **fields: Any) -> None:
        """Change a deployment."""
        await self.do(lambda: ModelDeployment.objects.filter(provider__slug=slug).update(**fields))

    async def do(self, change: Any) -> None:
        """Make a change of rows, in force at once."""

        def done() -> None:
            change()
            reload()

        await sync_to_async(done)()

    async def terminal(self) -> list[dict[str, Any]]:
        """The terminal records so far, as they are on the log, oldest first."""
        return await self.events("proxy.request.completed", "proxy.request.failed", "proxy.request.aborted")

    async def events(self, *types: str) -> list[dict[str, Any]]:
        """Records of these types, oldest first."""
        return await sync_to_async(self._events)(types)

    def _events(self, types: tuple[str, ...]) -> list[dict[str, Any]]:
        apps.get_app_config("audit").close()
        Ingestor(self.settings.AUDIT_SPOOL, self.settings.AUDIT_NODE).run()
        found = AuditEvent.objects.filter(type__in=types).order_by("pk")
        records = [orjson.loads(bytes(event.raw)) for event in found]
        connections.close_all()
        return records

    def _set(self, model: Any, fields: dict[str, Any]) -> None:
        model.objects.update(**fields)
        reload()


def reload() -> None:
    apps.get_app_config("accounts").watcher.poll()
    connections.close_all()


def attempts(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Where the attempts of a call went, and how they ended."""
    return [(attempt["to"].partition("/")[0], attempt["result"]) for attempt in record["attrs"]["plan"]["attempts"]]
