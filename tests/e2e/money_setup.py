"""Run inside an installation: a price for the built-in model, a budget and limits that the load will use up."""

import os
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from accounts.models import Organisation  # noqa: E402
from llmproxy.models import Budget, Limit, ModelDeployment, Price, RouteDeployment  # noqa: E402

organisation = Organisation.objects.get()
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
