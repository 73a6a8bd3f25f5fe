"""Run inside an installation: everything that is said is kept, and every call is charged to a budget."""

import os
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from accounts.models import Organisation  # noqa: E402
from audit.models import AuditPolicy  # noqa: E402
from llmproxy.models import Budget, ModelDeployment, Price  # noqa: E402

AuditPolicy.objects.create(
    number=1, rules=[{"level": "request_and_answer"}], largest_kib=4096, valid_from=timezone.now(), reason="a test",
    state=AuditPolicy.State.APPROVED, requested_by="usr:1", requested_by_name="one", decided_by="usr:2",
    decided_by_name="two", decided_at=timezone.now(),
)  # fmt: skip
for deployment in ModelDeployment.objects.filter(provider__slug="scripted"):
    Price.objects.create(deployment=deployment, input=Decimal(1), output=Decimal(10))
Budget.objects.create(organisation=Organisation.objects.get(), name="all", amount=1000, window="lifetime")
