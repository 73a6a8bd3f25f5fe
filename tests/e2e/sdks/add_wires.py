"""Adds a provider for each wire at E2E_PORT, with routes `over-<wire>`, `fails-<wire>` and, where it has them,
`embed-<wire>`; and a model `spent`, for which there is no money left. Runs inside the product."""

import os
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import transaction  # noqa: E402 (apps must be loaded first)

from accounts.models import Organisation  # noqa: E402
from llmproxy.models import (  # noqa: E402
    Budget,
    ModelDeployment,
    Price,
    Provider,
    ProviderCredential,
    Route,
    RouteDeployment,
)
from tests.llmproxy.pairs import anthropic, bedrock, gemini, openai_chat, openai_responses  # noqa: E402

EMBEDS = ("openai_chat", "gemini")


def route(provider: Provider, name: str, upstream_model: str, kind: str) -> ModelDeployment:
    """A public model."""
    deployment = ModelDeployment.objects.create(provider=provider, upstream_model=upstream_model, kind=kind)
    RouteDeployment.objects.create(route=Route.objects.create(public_name=name, kind=kind), deployment=deployment)
    return deployment


with transaction.atomic():
    for wire in (anthropic, bedrock, gemini, openai_chat, openai_responses):
        address = f"http://127.0.0.1:{os.environ['E2E_PORT']}{wire.BASE}"
        provider = Provider(name=wire.WIRE, slug=wire.WIRE.replace("_", "-"), base_url=address, **wire.ROW)
        provider.full_clean()
        provider.save()
        credential = ProviderCredential(provider=provider)
        credential.set_secret(getattr(wire, "SECRET", "sk-strict-5f1c0ffee"))
        credential.save()
        route(provider, f"over-{wire.WIRE}", "up-public", "chat")
        route(provider, f"fails-{wire.WIRE}", "up-fails", "chat")
        if wire.WIRE in EMBEDS:
            route(provider, f"embed-{wire.WIRE}", "up-embed", "embeddings")
    dear = route(Provider.objects.get(slug="openai-chat"), "spent", "up-spent", "chat")
    Price.objects.create(deployment=dear, input=Decimal(1000), output=Decimal(1000))
    Budget.objects.create(
        organisation=Organisation.objects.get(), name="all gone", model="spent", amount=Decimal("0.000001"),
        window="lifetime",
    )  # fmt: skip
