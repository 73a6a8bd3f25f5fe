"""Members: who invites, who grants, who takes away; every step on record."""

import re

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from accounts.actions import add_member, change_role, end_sessions, invite_person, remove_member, set_person_active
from accounts.actions.membership_rules import LastOwner, RoleNotGrantable
from accounts.models import ChangeEvent, Invitation, Membership, RefreshFamily, Role, Team, User
from accounts.scopes import default_scopes
from tests.accounts.conftest import Evidence
from tests.gateway_world import World


@pytest.fixture
def dave(people: World) -> User:
    """An administrator of Alpha."""
    person = User.objects.create_user("dave")
    Membership.objects.create(user=person, organisation=people.organisation, role=Role.ADMINISTRATOR)
    return person


def role_of(person: User, people: World) -> Membership:
    """The one place of a person in Alpha."""
    return Membership.objects.get(user=person, organisation=people.organisation)


def test_an_invitation_is_a_mail_with_a_link_that_works_once(
    people: World, evidence: Evidence, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        made = invite_person.execute(people.organisation, "eve@example.org", Role.AUDITOR, by=people.alice)
    [message] = mail.outbox
    [link] = re.findall(r"http://testserver/admin/invitation/([\w-]+)/([\w-]{43})/", str(message.body))
    assert message.to == ["eve@example.org"]
    assert Invitation.objects.find(*link) == made.invitation
    assert b"admin.invitation.created" in evidence()
    assert link[1].encode() not in evidence()


def test_a_second_invitation_makes_the_first_one_useless(people: World) -> None:
    first = invite_person.execute(people.organisation, "eve@example.org", Role.DEVELOPER).invitation
    invite_person.execute(people.organisation, "EVE@example.org", Role.DEVELOPER)
    first.refresh_from_db()
    assert first.state == "withdrawn"


def test_a_wrong_secret_finds_no_invitation(people: World) -> None:
    made = invite_person.execute(people.organisation, "eve@example.org", Role.DEVELOPER).invitation
    assert Invitation.objects.find(made.pk, "x" * 43) is None
    assert Invitation.objects.find(people.organisation.pk, "x" * 43) is None


@pytest.mark.parametrize("email", ["", "no address", "a@b\nBcc: c@d.example"])
def test_an_address_that_is_none_is_refused(people: World, email: str) -> None:
    with pytest.raises(ValidationError):
        invite_person.execute(people.organisation, email, Role.DEVELOPER)


@pytest.mark.parametrize("role", [Role.OWNER, Role.AUDITOR, Role.COMPLIANCE_OFFICER])
def test_an_administrator_grants_no_role_above_his_own(people: World, dave: User, role: Role) -> None:
    with pytest.raises(RoleNotGrantable):
        invite_person.execute(people.organisation, "eve@example.org", role, by=dave)
    with pytest.raises(RoleNotGrantable):
        add_member.execute(people.organisation, people.charlie, role, by=dave)
    with pytest.raises(RoleNotGrantable):
        change_role.execute(role_of(people.bob, people), role, by=dave)
    with pytest.raises(RoleNotGrantable):
        change_role.execute(role_of(dave, people), role, by=dave)


def test_an_administrator_removes_no_owner(people: World, dave: User) -> None:
    with pytest.raises(RoleNotGrantable):
        remove_member.execute(role_of(people.alice, people), by=dave)


def test_the_stranger_grants_nothing(people: World) -> None:
    with pytest.raises(RoleNotGrantable):
        add_member.execute(people.organisation, people.charlie, Role.DEVELOPER, by=people.charlie)
    with pytest.raises(RoleNotGrantable):
        invite_person.execute(people.organisation, "eve@example.org", Role.DEVELOPER, by=people.charlie)


def test_a_member_is_added_moved_and_removed_on_record(people: World, evidence: Evidence) -> None:
    made = add_member.execute(people.organisation, people.charlie, Role.DEVELOPER, by=people.alice)
    changed = change_role.execute(made, Role.BILLING_VIEWER, team=people.team, by=people.alice)
    assert (changed.role, changed.team) == (Role.BILLING_VIEWER, people.team)
    remove_member.execute(changed, by=people.alice)
    assert not people.charlie.memberships.filter(organisation=people.organisation).exists()
    for verb in (b"created", b"updated", b"deleted"):
        assert b"admin.membership." + verb in evidence()
    assert ChangeEvent.objects.filter(kind="principal").exists()


def test_the_last_owner_stays(people: World) -> None:
    last = role_of(people.alice, people)
    with pytest.raises(LastOwner):
        remove_member.execute(last, by=people.alice)
    with pytest.raises(LastOwner):
        change_role.execute(last, Role.DEVELOPER, by=people.alice)
    add_member.execute(people.organisation, people.charlie, Role.OWNER, by=people.alice)
    remove_member.execute(last, by=people.alice)


def test_another_organisations_team_is_refused(people: World) -> None:
    foreign = Team.objects.create(organisation=people.elsewhere, name="Strangers")
    with pytest.raises(ValidationError, match="another organisation"):
        change_role.execute(role_of(people.bob, people), Role.DEVELOPER, team=foreign)
    with pytest.raises(ValidationError, match="another organisation"):
        invite_person.execute(people.organisation, "eve@example.org", Role.DEVELOPER, team=foreign)


def test_ending_the_sessions_ends_families_tokens_and_browsers(people: World, evidence: Evidence) -> None:
    later = people.organisation.created_at.replace(year=2099)
    RefreshFamily.objects.create(
        user=people.bob, organisation=people.organisation, audience="x", scopes=default_scopes(), expires_at=later
    )
    before, browser = people.bob.epoch, people.bob.get_session_auth_hash()
    assert end_sessions.execute(people.bob) == 1
    bob = User.objects.get(pk=people.bob.pk)
    assert bob.epoch == before + 1
    assert bob.get_session_auth_hash() != browser
    assert RefreshFamily.objects.get().revoked_because == "ended"
    assert b"auth.sessions.ended" in evidence()


def test_who_is_switched_off_is_signed_out(people: World) -> None:
    assert set_person_active.execute(people.bob, False)
    assert not set_person_active.execute(people.bob, False)
    bob = User.objects.get(pk=people.bob.pk)
    assert (bob.is_active, bob.epoch) == (False, people.bob.epoch)
    assert not bob.has_perm("llmproxy.view_route")
