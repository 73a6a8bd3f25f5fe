"""A route `guarded`: first a model whose circuit opens soon, then one that is well. Runs inside the product."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from llmproxy.models import ModelDeployment, Provider, Route, RouteDeployment  # noqa: E402 (apps must be loaded first)

provider = Provider.objects.get(deployments__places__route__public_name=os.environ["E2E_MODEL"])
failing = ModelDeployment.objects.create(
    provider=provider,
    upstream_model="simulator-chat+error=500",
    breaker_failures=int(os.environ["E2E_FAILURES"]),
    breaker_seconds=300,
)
well = ModelDeployment.objects.get(provider=provider, upstream_model="simulator-chat")
route = Route.objects.create(public_name="guarded")
RouteDeployment.objects.create(route=route, deployment=failing, priority=0)
RouteDeployment.objects.create(route=route, deployment=well, priority=1)
