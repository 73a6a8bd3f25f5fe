"""Adds the provider at E2E_URL with a route for each of its behaviours (E2E_MODELS). Runs inside the product."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import transaction  # noqa: E402 (apps must be loaded first)

from llmproxy.models import ModelDeployment, Provider, ProviderCredential, Route, RouteDeployment  # noqa: E402

with transaction.atomic():
    provider = Provider(
        name="Scripted",
        slug=os.environ.get("E2E_SLUG", "scripted"),
        base_url=os.environ["E2E_URL"],
        first_byte_timeout=2.0,
        between_chunks_timeout=5.0,
    )
    provider.full_clean()
    provider.save()
    credential = ProviderCredential(provider=provider)
    credential.set_secret("sk-canary-5f1c0ffee")
    credential.save()
    for model in os.environ["E2E_MODELS"].split(","):
        deployment = ModelDeployment.objects.create(provider=provider, upstream_model=model)
        route = Route.objects.create(public_name=os.environ.get("E2E_PREFIX", "") + model)
        RouteDeployment.objects.create(route=route, deployment=deployment)
