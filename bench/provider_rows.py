"""Adds the provider at UPSTREAM_URL with a chat route named "bench"; run by gateway.py in the product's environment."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import transaction  # noqa: E402 (apps must be loaded first)

from llmproxy.models import ModelDeployment, Provider, ProviderCredential, Route, RouteDeployment  # noqa: E402


def add(base_url: str) -> None:
    """The provider with a credential, its model, and the route."""
    with transaction.atomic():
        provider = Provider(name="Bench upstream", slug="bench-upstream", base_url=base_url)
        provider.full_clean()
        provider.save()
        credential = ProviderCredential(provider=provider)
        credential.set_secret("sk-bench-0123456789abcdef")
        credential.save()
        deployment = ModelDeployment.objects.create(provider=provider, upstream_model="bench-upstream")
        route = Route.objects.create(public_name="bench")
        RouteDeployment.objects.create(route=route, deployment=deployment)


add(os.environ["UPSTREAM_URL"])
