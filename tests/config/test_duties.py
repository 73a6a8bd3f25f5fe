"""Separation of duties over every view: who judges changes nothing, who runs the gateway reads no evidence.

Whatever is sent to whatever route of the control plane, with ids that exist, by people who have no business there
(SECURITY 4.10). They hold all roles of their kind at once: what none of them together can do, none of them can.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from accounts.models import Membership, Organisation, Role, User
from config.watched_tables import WATCHED
from tests.config.test_roles_and_routes import API, BACKEND, EVERYBODY, client_as, rows_of
from tests.config.test_routes import CONTROL, PUBLIC, SAMPLES
from tests.gateway_world import World

CHANGES_NOTHING = (
    Role.DEVELOPER, Role.BILLING_VIEWER, Role.AUDITOR, Role.REVIEW_LEAD, Role.COMPLIANCE_OFFICER,
)  # fmt: skip
# What belongs to everybody himself, and what the evidence's own people are for.
OWN = ("admin/my/", "api/v1/my/", "admin/evidence/", "api/v1/audit/", "admin/audit/", "api/token/", "oauth/")
BODY = json.dumps({"name": "mine", "is_active": False, "enabled": False, "dpop_required": True, "role": "owner"})
FORM = ("post=yes&name=mine", "application/x-www-form-urlencoded")
CONFIGURATION = [label for label in WATCHED if label.startswith(("accounts.", "llmproxy."))]
DENIED = {301, 302, 400, 401, 403, 404, 405}


def state() -> dict[str, list[Any]]:
    """What stands in every table of configuration, without what changes by looking."""
    found = {}
    for label in CONFIGURATION:
        model, quiet = apps.get_model(label), WATCHED[label].quiet
        columns = [field.attname for field in model._meta.concrete_fields if field.column not in quiet]
        found[label] = sorted(map(str, model._base_manager.values_list(*columns)))
    return found


def routes(rows: dict[str, Model]) -> Iterator[str]:
    """Every route of the control plane, with the id of a row of Alpha where one fits."""
    prefixes = {path: rows[page] for page, path in API.items() if page in rows}
    prefixes |= {f"admin/{page}": row for page, row in rows.items()}
    for path in sorted(set(CONTROL) - PUBLIC - EVERYBODY):
        if path.startswith(OWN):
            continue
        row = next((row for prefix, row in prefixes.items() if path.startswith(f"{prefix}/")), None)
        yield path if row is None else path.replace(SAMPLES["uuid"], str(row.pk)).replace("/x/", f"/{row.pk}/")


def send_everything(client: Client, rows: dict[str, Model]) -> list[tuple[str, str, int]]:
    """Each method to each route; what was neither refused nor led away."""
    taken = []
    for path in routes(rows):
        for method in ("POST", "PUT", "PATCH", "DELETE") if path.startswith("api/") else ("POST",):
            sent = FORM if path.startswith("admin/") else (BODY, "application/json")
            answer = client.generic(method, f"/{path}", *sent)
            if answer.status_code not in DENIED:
                taken.append((method, path, answer.status_code))
    return taken


def do_every_action(client: Client, rows: dict[str, Model]) -> None:
    """Each action of each list of the admin, on a row of Alpha."""
    for page, row in rows.items():
        model_admin = admin.site.get_model_admin(type(row))
        for action in (*map(str, model_admin.actions or ()), "delete_selected"):
            form = {"action": action, "_selected_action": [str(row.pk)], "post": "yes"}
            assert client.post(f"/admin/{page}/", form).status_code in {200, *DENIED}


def holder_of(roles: Iterable[str], organisation: Organisation) -> Client:
    """The browser of one person with several roles."""
    first, *others = roles
    client = client_as(first, organisation)
    person = User.objects.get(username=f"{first}-{organisation.slug}")
    for role in others:
        Membership.objects.create(user=person, organisation=organisation, role=role)
    return client


def test_who_changes_no_configuration_changes_none_whatever_he_sends(world: World) -> None:
    rows, client = rows_of(world), holder_of(CHANGES_NOTHING, world.organisation)
    before = state()
    taken = send_everything(client, rows)
    do_every_action(client, rows)
    assert state() == before
    assert not [entry for entry in taken if entry[2] >= 500]


def test_a_stranger_with_every_role_changes_nothing_of_another_tenant(world: World) -> None:
    rows, stranger = rows_of(world), holder_of(Role.values, world.elsewhere)
    before = {page: type(row)._base_manager.filter(pk=row.pk).values().get() for page, row in rows.items()}
    taken = send_everything(stranger, rows)
    do_every_action(stranger, rows)
    after = {page: type(row)._base_manager.filter(pk=row.pk).values().get() for page, row in rows.items()}
    assert after == before
    assert not [entry for entry in taken if entry[2] >= 500]


def test_an_administrator_reads_no_evidence_and_touches_no_policy_of_it(world: World) -> None:
    client = client_as(Role.ADMINISTRATOR, world.organisation)
    open_to_him = []
    for path in sorted(set(CONTROL) - EVERYBODY):
        if not path.startswith(("admin/evidence", "admin/audit/", "api/v1/audit/")):
            continue
        for method in ("GET", "POST", "DELETE"):
            answer = client.generic(method, f"/{path}", "{}", "application/json")
            if answer.status_code not in {302, 403, 404, 405}:  # 302: to an address that refuses him
                open_to_him.append((method, path, answer.status_code))
    assert not open_to_him, "\n".join(map(str, open_to_him))


def test_who_judges_and_who_runs_are_never_one_person(world: World) -> None:
    client = Client()
    client.force_login(world.alice, BACKEND)
    for role in (Role.AUDITOR, Role.REVIEW_LEAD, Role.COMPLIANCE_OFFICER):
        wish = {"user": str(world.alice.pk), "organisation": str(world.organisation.pk), "role": role}
        assert client.post("/api/v1/members", wish, content_type="application/json").status_code == 400
