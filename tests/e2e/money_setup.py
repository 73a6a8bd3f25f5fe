"""Run inside an installation: prices, a budget and limits that the load will use up.

The built-in model is asked second, after a slow one, so that calls are hedged; a shadow gets a part of them too.
"""

import os
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from accounts.models import Organisation  # noqa: E402
from llmproxy.models import Budget, Limit, ModelDeployment, Price, Route, RouteDeployment  # noqa: E402

organisation = Organisation.objects.get()
route = Route.objects.get(public_name=os.environ["E2E_MODEL"])
route.hedge_after = 0.02
route.save()
quick = RouteDeployment.objects.filter(route=route).select_related("deployment").first()
assert quick is not None
slow, shadow = (
    ModelDeployment.objects.create(provider=quick.deployment.provider, upstream_model=f"simulator-chat+latency={time}")
    for time in ("300ms", "200ms")
)
RouteDeployment.objects.create(route=route, deployment=slow, priority=0)
RouteDeployment.objects.create(route=route, deployment=shadow, role="shadow", share=20.0)
RouteDeployment.objects.filter(pk=quick.pk).update(priority=1)
route.save()
served = RouteDeployment.objects.filter(route__public_name=os.environ["E2E_MODEL"]).values("deployment")
for deployment in ModelDeployment.objects.filter(pk__in=served):
    Price.objects.create(deployment=deployment, input=Decimal(1), output=Decimal(10))
Budget.objects.create(organisation=organisation, name="all", amount=os.environ["E2E_DOLLARS"], window="lifetime")
Budget.objects.create(
    organisation=organisation, name="each user", amount=os.environ["E2E_USER_DOLLARS"], window="lifetime",
    per=["end_user"],
)  # fmt: skip
Limit.objects.create(
    organisation=organisation, name="calls", unit="requests", window="minute", amount=os.environ["E2E_CALLS"]
)
Limit.objects.create(organisation=organisation, name="places", unit="parallel", window="", amount=60)
