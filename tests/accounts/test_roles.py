"""The table of roles: every name in it exists, and the duties stay apart."""

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError

from accounts.models import Membership, Organisation, Role, User
from accounts.roles import (
    CHANGES_CONFIGURATION,
    JUDGES_EVIDENCE,
    PERMISSIONS,
    conflict,
    grantable_by,
    permissions_of,
)
from tests.gateway_world import World


def test_every_role_has_its_line() -> None:
    assert set(PERMISSIONS) == set(Role.values)


@pytest.mark.django_db
def test_every_permission_of_the_table_is_one_of_djangos() -> None:
    rows = Permission.objects.values_list("content_type__app_label", "codename")
    known = {f"{app}.{codename}" for app, codename in rows}
    assert frozenset().union(*PERMISSIONS.values()) <= known


@pytest.mark.parametrize("role", sorted(JUDGES_EVIDENCE))
def test_who_judges_the_evidence_changes_no_configuration(role: str) -> None:
    areas = ("llmproxy.", "accounts.")
    changes = {name for name in PERMISSIONS[role] if name.startswith(areas) and ".view_" not in name}
    assert changes == set()


def test_an_administrator_sees_no_evidence_and_touches_none_of_it() -> None:
    assert not [name for name in PERMISSIONS[Role.ADMINISTRATOR] if name.startswith("audit.")]


@pytest.mark.parametrize("one", sorted(CHANGES_CONFIGURATION))
@pytest.mark.parametrize("other", sorted(JUDGES_EVIDENCE))
def test_the_two_duties_exclude_each_other(one: str, other: str) -> None:
    assert conflict(one, [other]) == other
    assert conflict(other, [one]) == one


def test_an_administrator_makes_no_owner_and_no_auditor() -> None:
    assert grantable_by([Role.ADMINISTRATOR]) == {Role.ADMINISTRATOR, Role.DEVELOPER, Role.BILLING_VIEWER}
    assert grantable_by([Role.AUDITOR, Role.DEVELOPER]) == frozenset()


def test_roles_add_up() -> None:
    assert permissions_of([Role.DEVELOPER, Role.AUDITOR]) >= PERMISSIONS[Role.AUDITOR]
    assert permissions_of(["no such role"]) == frozenset()


def test_a_permission_holds_where_the_role_is_held(people: World) -> None:
    Membership.objects.create(user=people.alice, organisation=people.elsewhere, role=Role.AUDITOR)
    alice = User.objects.get(pk=people.alice.pk)
    assert alice.has_perm("llmproxy.change_provider")
    assert alice.organisation_ids_with("llmproxy.change_provider") == [str(people.organisation.pk)]
    assert len(alice.organisation_ids_with("llmproxy.view_provider")) == 2
    assert alice.organisation_ids_with("axes.view_accessattempt") == []


def test_no_role_counts_in_an_organisation_that_is_switched_off(people: World) -> None:
    Organisation.objects.filter(pk=people.organisation.pk).update(is_active=False)
    alice = User.objects.get(pk=people.alice.pk)
    assert alice.roles() == {}
    assert not alice.has_perm("llmproxy.view_provider")


def test_nobody_audits_what_he_configures(people: World) -> None:
    row = Membership(user=people.alice, organisation=people.organisation, role=Role.AUDITOR)
    with pytest.raises(ValidationError, match="in one organisation"):
        row.full_clean()
