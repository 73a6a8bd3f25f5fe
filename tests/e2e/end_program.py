"""Ends every token of the service account E2E_CLIENT_ID and prints when. Runs inside the product."""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from accounts.actions import end_tokens  # noqa: E402 (apps must be loaded first)
from accounts.models import ServiceAccount  # noqa: E402

end_tokens.of_program(ServiceAccount.objects.get(client_id=os.environ["E2E_CLIENT_ID"]))
print(time.time())
