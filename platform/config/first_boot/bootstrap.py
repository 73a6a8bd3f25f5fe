"""The first administrator, organisation, keys and provider: once, in one transaction."""

import secrets
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from accounts.actions import create_api_key, create_service_account, rotate_signing_key
from accounts.models import Membership, Organisation, Role, Team, User
from audit.actions.verify_log import ask_for_verification
from audit.log import record
from llmproxy.actions import ensure_simulator, refresh_prices
from llmproxy.models import ModelFacts

PASSWORD_BYTES = 18
USERNAME = "admin"


class FirstRun(NamedTuple):
    """What is shown once and written to first-run.json (DESIGN 4)."""

    admin_url: str
    admin_username: str
    admin_password: str
    base_url: str
    api_key: str
    client_id: str
    client_secret: str
    model: str


def bootstrap() -> FirstRun | None:
    """Make what is missing; None where there are people already."""
    with transaction.atomic():
        rotate_signing_key.ensure()
        model = ensure_simulator.execute()
        if not ModelFacts.objects.exists():
            refresh_prices.apply(refresh_prices.packaged())
        if User.objects.exists():
            return None
        return _first_run(model)


def _first_run(model: str) -> FirstRun:
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    admin = User.objects.create_superuser(USERNAME, password=password)
    organisation = Organisation.objects.create(name="Default organisation", slug="default")
    team = Team.objects.create(organisation=organisation, name="Default team")
    Membership.objects.create(user=admin, organisation=organisation, team=team, role=Role.OWNER)
    key = create_api_key.execute(organisation, "First application", team=team, created_by=admin)
    account = create_service_account.execute(organisation, "First service", team=team)
    record("system.first_boot", organisation_id=str(organisation.pk), attrs={"administrator": USERNAME})
    # The worker does it within half a minute: nobody has to wait an hour to see that checks work.
    ask_for_verification("first boot", columns=True)
    url = settings.GATEHOUSE_PUBLIC_URL
    return FirstRun(
        f"{url}/admin/",
        USERNAME,
        password,
        f"{url}/v1",
        key.plain,
        account.account.client_id,
        account.client_secret,
        model,
    )
