"""Makes the person E2E_PERSON and prints a token, or switches him off and prints when. Runs inside the product."""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from accounts.actions import issue_token, set_person_active  # noqa: E402 (apps must be loaded first)
from accounts.models import Membership, Organisation, User  # noqa: E402
from accounts.ring import gateway_audience  # noqa: E402

known = User.objects.filter(username=os.environ["E2E_PERSON"]).first()
if known is None:
    known = User.objects.create_user(os.environ["E2E_PERSON"])
    organisation = Organisation.objects.get(memberships__user__username="admin")
    Membership.objects.create(user=known, organisation=organisation, role="developer")
    print("TOKEN", issue_token.for_person(known, organisation, gateway_audience(), ["models:invoke"], "s").access)
else:
    set_person_active.execute(known, False)
    print("AT", time.time())
