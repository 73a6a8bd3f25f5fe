"""A gateway whose model has a price, and budgets made in a line."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from llmproxy.models import Budget, ModelDeployment, Price
from tests.asgi_client import AsgiClient
from tests.gateway_world import World

Made = Callable[..., Any]


def reload() -> None:
    """What the watcher would do within a quarter of a second."""
    apps.get_app_config("accounts").watcher.poll()
    connections.close_all()


def price_of_public(**more: Any) -> Price:
    """One dollar per million tokens of input, ten of output: a call of 7 and 3 tokens costs 37,000 nano-dollars."""
    deployment = ModelDeployment.objects.get(upstream_model="up-public")
    return Price.objects.create(deployment=deployment, input=Decimal(1), output=Decimal(10), **more)


@pytest.fixture
async def priced(gateway: AsgiClient, world: World) -> AsgiClient:
    """The gateway as Alpha's key calls it."""

    def make() -> None:
        price_of_public()
        reload()

    await sync_to_async(make)()
    return gateway.bearing(world.key)


@pytest.fixture
def budget(world: World) -> Made:
    """Makes a budget of Alpha."""

    @sync_to_async
    def make(**values: Any) -> Budget:
        made = Budget(**{"organisation": world.organisation, "name": "spending", "window": "month", **values})
        made.full_clean()
        made.save()
        reload()
        return made

    return make
