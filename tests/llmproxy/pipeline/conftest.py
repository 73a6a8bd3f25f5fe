"""Two providers behind one route."""

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps

from llmproxy.models import ModelDeployment, Route, RouteDeployment
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.pipeline.two_providers import TwoProviders, reload
from tests.upstream import running_upstream


@pytest.fixture
async def two(world: World, settings) -> AsyncIterator[TwoProviders]:  # type: ignore[no-untyped-def]
    """The whole application in this process, with a route `public` to two providers in order."""
    from config.asgi import application  # runs django.setup(), which must not happen before pytest-django's

    async with running_upstream() as one, running_upstream() as other:
        settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{one.port}", f"127.0.0.1:{other.port}")
        settings.GATEHOUSE_STALE_SECONDS = 600

        def start() -> None:
            route = Route.objects.create(organisation=world.organisation, public_name="public")
            for priority, (slug, upstream) in enumerate((("one", one), ("two", other))):
                provider = world.add_provider(upstream.base_url, slug)
                deployment = ModelDeployment.objects.create(provider=provider, upstream_model="model")
                RouteDeployment.objects.create(route=route, deployment=deployment, priority=priority)
            _ = apps.get_app_config("llmproxy").runtime
            reload()

        await sync_to_async(start, thread_sensitive=True)()
        runtime = apps.get_app_config("llmproxy").runtime
        yield TwoProviders(world, AsgiClient(application), one, other, settings)
        await runtime.transport.close()
