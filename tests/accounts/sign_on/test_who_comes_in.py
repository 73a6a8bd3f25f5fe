"""From a verified identity to a person: known by (provider, sub) alone, and no wider than the provider's row says."""

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError

from accounts.actions import invite_person, sign_on
from accounts.actions.sign_on import Identity, Refused
from accounts.models import IdentityProvider, Invitation, Membership, Role, User
from tests.accounts.conftest import Evidence
from tests.gateway_world import World


@pytest.fixture
def house(people: World) -> IdentityProvider:
    """Alpha's provider: nobody joins by himself."""
    row = IdentityProvider(
        organisation=people.organisation, name="House", slug="house", issuer="https://login.example.com",
        client_id="gatehouse",
    )  # fmt: skip
    row.full_clean()
    row.save()
    return row


def identity(row: IdentityProvider, sub: str = "u1", **claims: Any) -> Identity:
    return Identity.of(row, {"sub": sub, "preferred_username": "eve", **claims})


def test_a_stranger_is_refused_where_the_row_lets_nobody_join(house: IdentityProvider) -> None:
    with pytest.raises(Refused, match="invitation"):
        sign_on.person_of(identity(house))
    assert not User.objects.filter(username="eve").exists()


def test_the_same_mail_or_name_opens_nobodys_account(house: IdentityProvider, people: World) -> None:
    User.objects.filter(pk=people.alice.pk).update(email="alice@example.com")
    claims = {"preferred_username": "alice", "email": "alice@example.com", "email_verified": True}
    with pytest.raises(Refused):
        sign_on.person_of(identity(house, **claims))
    house.join_role = Role.DEVELOPER
    newcomer = sign_on.person_of(identity(house, **claims))
    assert newcomer.pk != people.alice.pk and newcomer.username == "alice-2"


def test_a_newcomer_gets_the_role_of_the_row_and_no_more(
    house: IdentityProvider, people: World, evidence: Evidence
) -> None:
    house.join_role, house.join_team = Role.DEVELOPER, people.team
    claims: dict[str, Any] = {"roles": ["owner"], "groups": ["administrators"], "is_superuser": True}
    person = sign_on.person_of(identity(house, **claims))
    place = Membership.objects.get(user=person)
    assert (place.role, place.team, place.organisation) == (Role.DEVELOPER, people.team, people.organisation)
    assert not person.is_superuser and not person.has_usable_password()
    assert sign_on.person_of(identity(house)) == person
    assert b"auth.identity.linked" in evidence() and b"admin.user.created" in evidence()


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMINISTRATOR, Role.AUDITOR, Role.REVIEW_LEAD])
def test_no_row_makes_newcomers_owners_administrators_or_judges(house: IdentityProvider, role: str) -> None:
    house.join_role = role
    with pytest.raises(ValidationError):
        house.full_clean()


def test_the_same_subject_of_another_provider_is_somebody_else(house: IdentityProvider, people: World) -> None:
    house.join_role = Role.DEVELOPER
    person = sign_on.person_of(identity(house))
    other = IdentityProvider.objects.create(
        organisation=people.elsewhere, name="Other", slug="other", issuer="https://other.example.com",
        client_id="x", join_role=Role.DEVELOPER,
    )  # fmt: skip
    assert sign_on.person_of(identity(other)).pk != person.pk


def test_who_left_the_organisation_or_was_switched_off_stays_out(house: IdentityProvider, people: World) -> None:
    sign_on.link(identity(house), people.bob)
    assert sign_on.person_of(identity(house)) == people.bob
    User.objects.filter(pk=people.bob.pk).update(is_active=False)
    with pytest.raises(Refused):
        sign_on.person_of(identity(house))
    User.objects.filter(pk=people.bob.pk).update(is_active=True)
    Membership.objects.filter(user=people.bob).delete()
    with pytest.raises(Refused):
        sign_on.person_of(identity(house))


def test_an_organisations_provider_links_neither_strangers_nor_superusers(
    house: IdentityProvider, people: World
) -> None:
    with pytest.raises(Refused):
        sign_on.link(identity(house), people.charlie)
    User.objects.filter(pk=people.bob.pk).update(is_superuser=True)
    people.bob.refresh_from_db()
    with pytest.raises(Refused):
        sign_on.link(identity(house), people.bob)
    assert not SocialAccount.objects.exists()


def test_an_identity_belongs_to_one_person_and_linking_ends_other_sessions(
    house: IdentityProvider, people: World, evidence: Evidence
) -> None:
    before = people.bob.epoch
    sign_on.link(identity(house), people.bob)
    people.bob.refresh_from_db()
    assert people.bob.epoch > before
    with pytest.raises(Refused):
        sign_on.link(identity(house), people.alice)
    sign_on.unlink(SocialAccount.objects.get(), people.bob)
    assert b"auth.identity.unlinked" in evidence()
    with pytest.raises(Refused):
        sign_on.person_of(identity(house))


def test_claims_that_the_row_demands_must_hold(house: IdentityProvider) -> None:
    house.join_role, house.required_claims = Role.DEVELOPER, ["hd=example.com", "email_verified=true", "groups=ai"]
    good = {"hd": "example.com", "email_verified": True, "groups": ["ai", "x"]}
    assert sign_on.person_of(identity(house, **good))
    for name, value in (("hd", "evil.example"), ("email_verified", "yes"), ("groups", ["x"]), ("hd", None)):
        with pytest.raises(Refused):
            identity(house, **{**good, name: value})


def test_an_invitation_is_accepted_once_and_only_for_its_own_organisation(
    house: IdentityProvider, people: World
) -> None:
    made = invite_person.execute(people.organisation, "eve@example.org", Role.AUDITOR)
    person = sign_on.person_of(identity(house), Invitation.objects.get(pk=made.invitation.pk))
    assert person.email == "eve@example.org" and Membership.objects.get(user=person).role == Role.AUDITOR
    other = invite_person.execute(people.elsewhere, "mallory@example.org", Role.OWNER)
    with pytest.raises(Refused):
        sign_on.person_of(identity(house, "u2"), other.invitation)
    assert not SocialAccount.objects.filter(uid="u2").exists()


def test_a_mail_that_was_not_verified_is_not_kept(house: IdentityProvider) -> None:
    assert identity(house, email="a@b.example").email == ""
    assert identity(house, email="a@b.example", email_verified=True).email == "a@b.example"
    assert identity(house, email="<script>", email_verified=True).email == ""


def test_a_second_factor_shown_there_counts_only_where_the_row_trusts_it(house: IdentityProvider) -> None:
    claims = {"amr": ["pwd", "mfa"], "acr": "urn:gold"}
    assert not house.vouches_for_factor(claims)
    for trusted, counts in ((["mfa"], True), (["urn:gold"], True), (["hwk"], False)):
        house.trusted_factors = trusted
        assert house.vouches_for_factor(claims) is counts
    assert not house.vouches_for_factor({"amr": "mfa"}) and not house.vouches_for_factor({})
