"""The built-in simulator provider with its routes: there from the first boot on, idempotent."""

from decimal import Decimal

from django.db import transaction

from audit.context import Target
from audit.log import record
from llmproxy.models import ModelDeployment, Price, Provider, Route, RouteDeployment

BASE_URL = "simulator://local/v1"
SLUG = "simulator"
ROUTES = (("demo", "simulator-chat", "chat"), ("demo-embedding", "simulator-embedding", "embeddings"))


def execute() -> str:
    """Make what is missing; the public name of the chat model."""
    with transaction.atomic():
        provider, made = Provider.objects.get_or_create(
            slug=SLUG, defaults={"name": "Simulator", "base_url": BASE_URL, "auth_scheme": "none"}
        )
        if made:
            record("admin.provider.created", target=Target("provider", str(provider.pk), provider.name))
            for name, model, kind in ROUTES:
                _add_route(provider, name, model, kind)
    return ROUTES[0][0]


def _add_route(provider: Provider, name: str, model: str, kind: str) -> None:
    # Callers ask it for failures on purpose: those of one must not take it away from the others.
    deployment = ModelDeployment.objects.create(provider=provider, upstream_model=model, kind=kind, breaker_failures=0)
    record("admin.model_deployment.created", target=Target("model_deployment", str(deployment.pk), model))
    # Known to be free, which is not the same as unknown.
    Price.objects.create(deployment=deployment, input=Decimal(0), output=Decimal(0), source=SLUG)
    route, made = Route.objects.get_or_create(
        organisation=None, public_name=name, defaults={"kind": kind, "is_default": True}
    )
    if made:
        RouteDeployment.objects.create(route=route, deployment=deployment)
        record("admin.route.created", target=Target("route", str(route.pk), name))
