"""Run inside an installation: prices, budgets, limits and the routes that the load of money_load.py is for.

The built-in model is asked second, after a slow one, so that calls are hedged; a shadow gets a part of them too. Beside
it are free models under one limit each, so that neither a budget nor another limit decides what the limit lets pass.
"""

import os
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from accounts.models import Membership, Organisation, User  # noqa: E402
from accounts.roles import Role  # noqa: E402
from llmproxy.models import Budget, Limit, ModelDeployment, Price, Provider, Route, RouteDeployment  # noqa: E402

organisation = Organisation.objects.get()


def deployment(provider: Provider, model: str, dollars: int) -> ModelDeployment:
    """One of the simulator's, with a price: ten times as much for output."""
    made, _ = ModelDeployment.objects.get_or_create(provider=provider, upstream_model=model)
    Price.objects.create(deployment=made, input=Decimal(dollars), output=Decimal(10 * dollars))
    return made


def priced_route() -> Provider:
    """The built-in one: a slow deployment first, the quick one as its hedge, a shadow."""
    route = Route.objects.get(public_name=os.environ["E2E_MODEL"])
    route.hedge_after = 0.02
    route.save()
    quick = RouteDeployment.objects.select_related("deployment__provider").filter(route=route).get()
    provider = quick.deployment.provider
    deployment(provider, quick.deployment.upstream_model, 1)
    RouteDeployment.objects.filter(pk=quick.pk).update(priority=1)
    slow, shadow = (deployment(provider, f"simulator-chat+latency={time}", 1) for time in ("300ms", "200ms"))
    RouteDeployment.objects.create(route=route, deployment=slow, priority=0)
    RouteDeployment.objects.create(route=route, deployment=shadow, role="shadow", share=20.0)
    return provider


def free_route(provider: Provider, name: str, model: str, **limit: object) -> None:
    """One whose calls cost nothing, under a limit of its own name."""
    route = Route.objects.create(public_name=name)
    RouteDeployment.objects.create(route=route, deployment=deployment(provider, model, 0))
    Limit.objects.create(organisation=organisation, name=name, model=name, **limit)


def budgets() -> None:
    """One for all, one for each end user."""
    both = {"organisation": organisation, "window": "lifetime"}
    all_ = Budget.objects.create(name="all", amount=os.environ["E2E_DOLLARS"], **both)
    Budget.objects.create(name="each user", amount=os.environ["E2E_USER_DOLLARS"], per=["end_user"], **both)
    print("BUDGET", all_.pk)


def second_person() -> None:
    """Who approves what the first one asks for."""
    person = User.objects.create_user("second", password=os.environ["E2E_PASSWORD"])
    Membership.objects.create(user=person, organisation=organisation, role=Role.ADMINISTRATOR)


provider = priced_route()
minute = {"window": "minute"}
free_route(
    provider, "per-user", "simulator-chat+latency=5ms", unit="requests", amount=os.environ["E2E_USER_CALLS"],
    per=["end_user"], **minute,
)  # fmt: skip
free_route(
    provider, "tokens", "simulator-chat+latency=6ms", unit="tokens", amount=os.environ["E2E_TOKENS"], **minute
)  # fmt: skip
free_route(
    provider, "places", "simulator-chat+latency=250ms", unit="parallel", amount=os.environ["E2E_PLACES"], window=""
)  # fmt: skip
budgets()
second_person()
