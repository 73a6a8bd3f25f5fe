"""The gateway with one route to a strict local server of each provider's wire."""

from collections.abc import Awaitable, Callable
from types import ModuleType

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from llmproxy.models import Provider, ProviderCredential
from tests.asgi_client import AsgiClient
from tests.gateway_world import SECRET, World
from tests.upstream import Upstream

Between = Callable[[ModuleType, ModuleType], Awaitable[AsgiClient]]


@pytest.fixture
def between(gateway: AsgiClient, world: World, upstream: Upstream) -> Between:
    """Makes the world's provider speak a wire, and gives a client of another."""

    def configure(provider_wire: ModuleType) -> None:
        provider = Provider.objects.get()
        provider.base_url = f"http://127.0.0.1:{upstream.port}{provider_wire.BASE}"
        for name, value in provider_wire.ROW.items():
            setattr(provider, name, value)
        provider.full_clean()
        provider.save()
        ProviderCredential.objects.all().delete()
        credential = ProviderCredential(provider=provider)
        credential.set_secret(getattr(provider_wire, "SECRET", SECRET))
        credential.save()
        apps.get_app_config("accounts").watcher.poll()
        connections.close_all()

    async def made(client_wire: ModuleType, provider_wire: ModuleType) -> AsgiClient:
        await sync_to_async(configure)(provider_wire)
        return gateway.bearing(world.key)

    return made
