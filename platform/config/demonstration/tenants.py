"""The organisations of the demonstration. What an earlier run made is kept; each run makes keys of its own."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.actions import create_api_key
from accounts.models import Membership, Organisation, Role, Team, User
from audit.context import Target
from audit.log import record
from llmproxy.models import ModelDeployment, Price, Provider, Route, RouteDeployment

KEY_LIFE = timedelta(days=1)
BASE_URL = "simulator://local/v1"
# With prices, in US dollars per million tokens of input and of output, so that there is spending to look at.
MODELS = (
    ("assistant", "simulator-chat", "chat", Decimal("2.5"), Decimal(10)),
    ("search-vectors", "simulator-embedding", "embeddings", Decimal("0.1"), Decimal(0)),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """An organisation to make. `people` are user names with their roles; each team gets a key."""

    slug: str
    name: str
    teams: tuple[str, ...]
    people: tuple[tuple[str, Role], ...]


PLANS = (
    Plan(
        "demo-harbour",
        "Harbour Insurance (demonstration)",
        ("Claims", "Customer service"),
        (("demo-ada", Role.OWNER), ("demo-bela", Role.DEVELOPER), ("demo-chidi", Role.AUDITOR)),
    ),
    Plan(
        "demo-orchard",
        "Orchard Clinics (demonstration)",
        ("Research", "Scheduling"),
        (("demo-dora", Role.OWNER), ("demo-emil", Role.COMPLIANCE_OFFICER)),
    ),
    Plan(
        "demo-lantern",
        "Lantern Press (demonstration)",
        ("Editors",),
        (("demo-farah", Role.ADMINISTRATOR), ("demo-goran", Role.BILLING_VIEWER)),
    ),
)


def fill() -> list[str]:
    """Make what is missing, and one fresh key for each team; the keys in plain text."""
    with transaction.atomic():
        return [key for plan in PLANS for key in _fill(plan)]


def _fill(plan: Plan) -> list[str]:
    organisation, made = Organisation.objects.get_or_create(slug=plan.slug, defaults={"name": plan.name})
    if made:
        _recorded("organisation", organisation, plan.name, organisation)
        _add_people(plan, organisation)
        _add_provider(plan, organisation)
    return [_key(organisation, name) for name in plan.teams]


def _key(organisation: Organisation, team_name: str) -> str:
    team, made = Team.objects.get_or_create(organisation=organisation, name=team_name)
    if made:
        _recorded("team", team, team_name, organisation)
    name = f"{team_name} (demonstration)"
    return create_api_key.execute(organisation, name, team=team, expires_at=timezone.now() + KEY_LIFE).plain


def _add_people(plan: Plan, organisation: Organisation) -> None:
    for username, role in plan.people:
        person, made = User.objects.get_or_create(username=username)
        if made:  # nobody can sign in as one of them until an administrator sets a password
            person.set_unusable_password()
            person.save()
            _recorded("user", person, username, organisation)
        membership = Membership.objects.create(user=person, organisation=organisation, role=role)
        _recorded("membership", membership, f"{username} as {role.value}", organisation)


def _add_provider(plan: Plan, organisation: Organisation) -> None:
    provider = Provider(
        organisation=organisation,
        name=f"Simulator of {plan.name}",
        slug=plan.slug,
        base_url=BASE_URL,
        auth_scheme="none",
    )
    provider.full_clean()
    provider.save()
    _recorded("provider", provider, provider.name, organisation)
    for public_name, model, kind, dollars_in, dollars_out in MODELS:
        # Its calls ask for failures on purpose, which must not open the circuit.
        deployment = ModelDeployment.objects.create(
            provider=provider, upstream_model=model, kind=kind, breaker_failures=0
        )
        _recorded("model_deployment", deployment, model, organisation)
        price = Price.objects.create(deployment=deployment, input=dollars_in, output=dollars_out)
        _recorded("price", price, model, organisation)
        route = Route.objects.create(organisation=organisation, public_name=public_name, kind=kind)
        RouteDeployment.objects.create(route=route, deployment=deployment)
        _recorded("route", route, public_name, organisation)


def _recorded(
    kind: str,
    row: Organisation | Team | User | Membership | Provider | ModelDeployment | Price | Route,
    name: str,
    organisation: Organisation,
) -> None:
    record(f"admin.{kind}.created", target=Target(kind, str(row.pk), name), organisation_id=str(organisation.pk))
