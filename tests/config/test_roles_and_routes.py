"""Every page of the admin for every role: what a role is not given by name is refused (SECURITY 4.10).

The expectation is written out here a second time, apart from accounts.roles, so that a slip in the table is seen.
"""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from accounts.actions import invite_person
from accounts.models import (
    ApiKey,
    IdentityProvider,
    Invitation,
    Membership,
    Organisation,
    Role,
    ServiceAccount,
    Team,
    TrustedIssuer,
    User,
)
from audit.models import AlertRule
from llmproxy.models import (
    Budget,
    CostCentre,
    Limit,
    ModelDeployment,
    ModelPreset,
    Price,
    Provider,
    ResponseCache,
    Route,
)
from tests.config.test_routes import CONTROL, DENIED, PUBLIC
from tests.gateway_world import World

BACKEND = "django.contrib.auth.backends.ModelBackend"
CONFIGURATION = {
    "llmproxy/provider",
    "llmproxy/modeldeployment",
    "llmproxy/route",
    "llmproxy/modelpreset",
    "llmproxy/responsecache",
}
PRICE, FACTS = {"llmproxy/price"}, {"llmproxy/modelfacts"}
PROGRAMS = {"accounts/apikey", "accounts/serviceaccount", "accounts/trustedissuer"}
PEOPLE = {"accounts/team", "accounts/membership", "accounts/invitation"}
RULES_OF_ALERTS = {"audit/alertrule"}
TENANT, PERSON, EVENTS = {"accounts/organisation"}, {"accounts/user"}, {"audit/auditevent"}
SIGN_ON = {"accounts/identityprovider"}
RUN = CONFIGURATION | PROGRAMS | PEOPLE | PRICE
JUDGE = TENANT | PERSON | EVENTS | RULES_OF_ALERTS
RULES = {"llmproxy/limit", "llmproxy/budget", "llmproxy/costcentre"}
ASKED, BOOKS = {"llmproxy/budgetincrease", "llmproxy/repricing"}, {"llmproxy/ledgerentry", "llmproxy/budgetalert"}
MONEY = RULES | ASKED | BOOKS
SEES = {
    Role.OWNER: RUN | MONEY | SIGN_ON | FACTS | TENANT | PERSON | EVENTS,
    Role.ADMINISTRATOR: RUN | MONEY | SIGN_ON | FACTS | TENANT | PERSON,
    Role.DEVELOPER: {"llmproxy/route"},
    Role.BILLING_VIEWER: TENANT | {"accounts/team"} | PRICE | FACTS | MONEY,
    Role.AUDITOR: RUN | MONEY | SIGN_ON | FACTS | JUDGE,
    Role.REVIEW_LEAD: JUDGE,
    Role.COMPLIANCE_OFFICER: JUDGE,
}
ADDS: dict[str, set[str]] = {
    Role.OWNER: RUN | RULES | ASKED | SIGN_ON,
    Role.ADMINISTRATOR: RUN | RULES | ASKED,
    Role.REVIEW_LEAD: RULES_OF_ALERTS,
    Role.COMPLIANCE_OFFICER: RULES_OF_ALERTS,
}
CHANGES: dict[str, set[str]] = {
    Role.OWNER: RUN | RULES | SIGN_ON | TENANT,
    Role.ADMINISTRATOR: RUN | RULES | TENANT,
    Role.REVIEW_LEAD: RULES_OF_ALERTS,
    Role.COMPLIANCE_OFFICER: RULES_OF_ALERTS,
}
# Pages of no model that everybody with a role finds, and those that hold nothing of a tenant.
EVERYBODY = {
    "admin/", "admin/overview/figures/", "admin/search/", "admin/password_change/", "admin/password_change/done/",
    "admin/my/second-factor/", "admin/my/second-factor/app/", "api/docs/", "api/schema/", "api/v1/people/me",
    "api/v1/my/api-keys", "api/v1/my/sessions", "api/v1/my/usage",
    "admin/my/", "admin/my/keys/", "admin/my/password/", "admin/my/sessions/",
    "admin/my/usage/", "admin/roles/",
}  # fmt: skip
# Pages of no model, by the list that one must see for them.
BESIDE = {"audit/auditevent": "admin/evidence/"}
# The management API, by the page of the same rows.
API = {
    "accounts/organisation": "api/v1/organisations", "accounts/team": "api/v1/teams", "accounts/user": "api/v1/people",
    "accounts/membership": "api/v1/members", "accounts/invitation": "api/v1/invitations",
    "accounts/apikey": "api/v1/api-keys", "accounts/serviceaccount": "api/v1/service-accounts",
    "accounts/trustedissuer": "api/v1/trusted-issuers", "accounts/identityprovider": "api/v1/identity-providers",
    "llmproxy/provider": "api/v1/providers", "llmproxy/modeldeployment": "api/v1/models",
    "llmproxy/responsecache": "api/v1/response-caches",
    "llmproxy/modelpreset": "api/v1/model-presets", "llmproxy/route": "api/v1/routes",
    "llmproxy/price": "api/v1/prices", "llmproxy/modelfacts": "api/v1/known-models",
    "llmproxy/limit": "api/v1/limits", "llmproxy/budget": "api/v1/budgets",
    "llmproxy/costcentre": "api/v1/cost-centres", "llmproxy/budgetincrease": "api/v1/budget-increases",
    "llmproxy/repricing": "api/v1/repricings", "llmproxy/ledgerentry": "api/v1/ledger",
    "llmproxy/budgetalert": "api/v1/budget-alerts",
}  # fmt: skip
API_BESIDE = {
    "llmproxy/costcentre": ("api/v1/cost-assignments",),
    "llmproxy/ledgerentry": ("api/v1/usage", "api/v1/statements"),
    "audit/auditevent": ("api/v1/audit/",),
    "llmproxy/provider": ("api/v1/provider-credentials", "api/v1/presets"),
    "accounts/trustedissuer": ("api/v1/issuer-rules",),
    "accounts/serviceaccount": ("api/v1/client-credentials",),
}
LISTED = {"accounts", "audit", "llmproxy"}
NAMED = frozenset().union(*SEES.values())


def client_as(role: str, organisation: Organisation) -> Client:
    """The browser of a fresh person with one role."""
    person = User.objects.create_user(f"{role}-{organisation.slug}")
    Membership.objects.create(user=person, organisation=organisation, role=role)
    client = Client()
    client.force_login(person, BACKEND)
    return client


def rows_of(world: World) -> dict[str, Model]:
    """A row of Alpha for each model that belongs to a tenant."""
    route = world.add_route(world.add_provider("https://api.example.com/v1"))
    found: dict[str, Any] = {
        "accounts/organisation": world.organisation,
        "accounts/team": world.team,
        "accounts/user": world.bob,
        "accounts/membership": Membership.objects.get(user=world.bob),
        "accounts/invitation": invite_person.execute(world.organisation, "eve@example.org", "developer").invitation,
        "accounts/apikey": ApiKey.objects.get(name="app"),
        "accounts/serviceaccount": ServiceAccount.objects.create(
            organisation=world.organisation, name="robot", client_id="gthc_robot"
        ),
        "accounts/identityprovider": IdentityProvider.objects.create(
            organisation=world.organisation,
            name="House",
            slug="house",
            issuer="https://login.example.com",
            client_id="x",
        ),
        "accounts/trustedissuer": TrustedIssuer.objects.create(
            organisation=world.organisation, name="idp", issuer="https://idp.example", audience="us"
        ),
        "llmproxy/provider": Provider.objects.get(slug="local"),
        "llmproxy/modeldeployment": ModelDeployment.objects.get(),
        "llmproxy/route": route,
        "llmproxy/responsecache": ResponseCache.objects.create(organisation=world.organisation, route=route),
        "llmproxy/modelpreset": ModelPreset.objects.create(
            organisation=world.organisation, public_name="brief", route=route
        ),
        "audit/alertrule": AlertRule.objects.create(
            organisation_id=str(world.organisation.pk), name="refused", query="outcome=denied"
        ),
        "llmproxy/limit": Limit.objects.create(organisation=world.organisation, name="calls", amount=10),
        "llmproxy/budget": Budget.objects.create(organisation=world.organisation, name="month", amount=10),
        "llmproxy/costcentre": CostCentre.objects.create(organisation=world.organisation, code="4711"),
        "llmproxy/price": Price.objects.create(deployment=ModelDeployment.objects.get(), input=Decimal("1.5")),
    }
    return found


@pytest.mark.parametrize("role", Role.values)
def test_a_role_opens_the_lists_and_forms_that_it_is_given(world: World, role: str) -> None:
    client = client_as(role, world.organisation)
    for page in sorted(NAMED):
        seen = client.get(f"/admin/{page}/").status_code
        added = client.get(f"/admin/{page}/add/").status_code
        assert seen == (200 if page in SEES[role] else 403), (role, page)
        assert added == (200 if page in ADDS.get(role, set()) else 403), (role, page)


@pytest.mark.parametrize("role", Role.values)
def test_a_role_opens_nothing_that_is_not_named_here(world: World, role: str) -> None:
    client = client_as(role, world.organisation)
    named = tuple(f"admin/{page}/" for page in SEES[role]) + tuple(f"admin/{app}/" for app in LISTED)
    named += tuple(page for listed, page in BESIDE.items() if listed in SEES[role])
    named += tuple(API[page] for page in SEES[role] if page in API)
    named += tuple(path for page in SEES[role] for path in API_BESIDE.get(page, ()))
    surprises = []
    for path in sorted(set(CONTROL) - PUBLIC - EVERYBODY):
        answer = client.get(f"/{path}", REMOTE_ADDR="203.0.113.9")
        if answer.status_code not in DENIED | {301, 302} and not path.startswith(named):
            surprises.append((path, answer.status_code))
    assert surprises == []


@pytest.mark.parametrize("role", Role.values)
def test_a_role_changes_what_it_is_given_and_only_looks_at_the_rest(world: World, role: str) -> None:
    rows, client = rows_of(world), client_as(role, world.organisation)
    for page, row in rows.items():
        answer = client.get(f"/admin/{page}/{row.pk}/change/")
        assert answer.status_code == (200 if page in SEES[role] else 403), (role, page)
        if page == "accounts/invitation":  # withdrawn, never changed
            continue
        posted = client.post(f"/admin/{page}/{row.pk}/change/", {}).status_code
        taken = 302 if page in PRICE else 200  # a price has only an end to be set, which may stay empty
        assert posted == (taken if page in CHANGES.get(role, set()) else 403), (role, page)


@pytest.mark.parametrize("role", Role.values)
def test_the_management_api_gives_a_role_what_the_admin_gives_it(world: World, role: str) -> None:
    rows, client = rows_of(world), client_as(role, world.organisation)
    stranger = client_as(role, world.elsewhere)
    for page, path in API.items():
        sees, changes = page in SEES[role], page in CHANGES.get(role, set())
        assert client.get(f"/{path}").status_code == (200 if sees else 403), (role, path)
        if page not in rows:
            continue
        one = f"/{path}/{rows[page].pk}"
        assert client.get(one).status_code == (200 if sees else 403), (role, path)
        assert stranger.get(one).status_code == (404 if sees else 403), (role, path)
        changed = client.patch(one, {}, content_type="application/json").status_code
        if page in ("accounts/invitation", "accounts/user"):  # withdrawn or switched off, never changed
            assert changed in (403, 405)
        else:
            assert changed == (200 if changes else 403), (role, path)
            assert stranger.patch(one, {}, content_type="application/json").status_code in (403, 404)
        for verb in ("suspend", "rotate", "revoke", "take_over", "add_secret", "end_sessions", "test", "models"):
            done = stranger.post(f"{one}/{verb}", {}, content_type="application/json").status_code
            assert done in (403, 404), (role, path, verb)
        assert stranger.delete(one).status_code in (403, 404, 405), (role, path)


@pytest.mark.parametrize("role", Role.values)
def test_another_tenants_rows_do_not_exist(world: World, role: str) -> None:
    rows, stranger = rows_of(world), client_as(role, world.elsewhere)
    for page, row in rows.items():
        for view in ("change", "delete", "history"):
            theirs = stranger.get(f"/admin/{page}/{row.pk}/{view}/").status_code
            nobodys = stranger.get(f"/admin/{page}/{uuid.uuid4()}/{view}/").status_code
            assert theirs in (403, 404), (role, page, view)
            assert theirs == nobodys, (role, page, view)
        assert stranger.post(f"/admin/{page}/{row.pk}/change/", {}).status_code in (403, 404)
        assert stranger.post(f"/admin/{page}/{row.pk}/delete/", {"post": "yes"}).status_code in (403, 404)
        if page in SEES[role]:
            assert str(row.pk) not in stranger.get(f"/admin/{page}/").content.decode()


def test_a_view_in_one_organisation_and_a_change_in_another_do_not_add_up(world: World) -> None:
    rows = rows_of(world)
    both = User.objects.create_user("both")
    Membership.objects.create(user=both, organisation=world.organisation, role=Role.AUDITOR)
    Membership.objects.create(user=both, organisation=world.elsewhere, role=Role.OWNER)
    client = Client()
    client.force_login(both, BACKEND)
    for page in ("accounts/team", "accounts/apikey", "llmproxy/provider", "llmproxy/modeldeployment", "llmproxy/route"):
        assert client.get(f"/admin/{page}/{rows[page].pk}/change/").status_code == 200
        assert client.post(f"/admin/{page}/{rows[page].pk}/change/", {"name": "mine"}).status_code == 403, page
        assert client.post(f"/admin/{page}/{rows[page].pk}/delete/", {"post": "yes"}).status_code == 403, page
    key = rows["accounts/apikey"]
    client.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
    assert ApiKey.objects.get(pk=key.pk).state == "active"


def test_every_page_of_ours_is_in_the_table_or_for_superusers(world: World) -> None:
    client = client_as(Role.OWNER, world.organisation)
    for model in admin.site._registry:
        page = f"{model._meta.app_label}/{model._meta.model_name}"
        if page not in NAMED:
            assert client.get(f"/admin/{page}/").status_code == 403, page


def test_a_team_is_not_moved_to_another_tenant(world: World) -> None:
    client = client_as(Role.OWNER, world.organisation)
    form = {"name": "Builders", "organisation": world.elsewhere.pk}
    client.post(f"/admin/accounts/team/{world.team.pk}/change/", form)  # whose it is, is not asked
    assert Team.objects.get(pk=world.team.pk).organisation_id == world.organisation.pk


def test_an_administrator_invites_no_auditor_and_makes_nobody_an_owner(world: World) -> None:
    client = client_as(Role.ADMINISTRATOR, world.organisation)
    invitation = {"email": "eve@example.org", "organisation": world.organisation.pk, "role": Role.AUDITOR}
    assert client.post("/admin/accounts/invitation/add/", invitation).status_code == 200
    assert not Invitation.objects.exists()
    place = Membership.objects.get(user=world.bob)
    client.post(f"/admin/accounts/membership/{place.pk}/change/", {"role": Role.OWNER})
    place.refresh_from_db()
    assert place.role == Role.DEVELOPER
    owner = Membership.objects.get(user=world.alice)
    client.post(f"/admin/accounts/membership/{owner.pk}/delete/", {"post": "yes"})
    client.post(
        "/admin/accounts/membership/", {"action": "delete_selected", "_selected_action": [owner.pk], "post": "yes"}
    )
    assert Membership.objects.filter(pk=owner.pk).exists()


def test_only_the_installation_shares_with_everybody(world: World) -> None:
    client = client_as(Role.OWNER, world.organisation)
    form = {"public_name": "for-all", "organisation": "", "kind": "chat", "enabled": "on"}
    world.add_route(world.add_provider("https://api.example.com/v1"))
    form |= {"strategy": "priority", "max_attempts": 3, "requirements": "{}"}
    inline = {f"{name}-{part}_FORMS": 0 for name in ("places", "fallbacks") for part in ("TOTAL", "INITIAL")}
    place = {"deployment": ModelDeployment.objects.get().pk, "priority": 0, "weight": 1, "role": "normal", "share": 5}
    inline |= {"places-TOTAL_FORMS": 1, **{f"places-0-{name}": value for name, value in place.items()}}
    client.post("/admin/llmproxy/route/add/", {**form, **inline})
    assert not Route.objects.filter(public_name="for-all").exists()
    client.post("/admin/llmproxy/route/add/", {**form, **inline, "organisation": world.organisation.pk})
    assert Route.objects.get(public_name="for-all").organisation == world.organisation
