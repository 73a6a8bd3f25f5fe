"""Teams: who is in one is said on its own page and over the API, within the organisation."""

import pytest
from django.test import Client

from accounts.actions import set_team_members
from accounts.models import Membership, Role, Team
from audit.models import OutboxRecord
from tests.accounts.api.conftest import ClientOf, client_of
from tests.gateway_world import PASSWORD, World

__all__ = ["client_of"]
JSON = "application/json"


def place_of(world: World, name: str) -> Membership:
    return Membership.objects.get(user__username=name)


def test_the_page_of_a_team_says_who_is_in_it_and_changes_it(world: World) -> None:
    client = Client()
    client.post("/admin/login/", {"username": "alice", "password": PASSWORD})
    path = f"/admin/accounts/team/{world.team.pk}/change/"
    page = client.get(path).content.decode()
    assert "alice, owner" in page and "bob, developer, now in Builders" in page and "charlie" not in page
    hers = place_of(world, "alice")
    assert client.post(path, {"name": "Builders", "people": [str(hers.pk)]}).status_code == 302
    assert [place.user.username for place in world.team.memberships.all()] == ["alice"]
    assert any(b"admin.membership.updated" in bytes(row.raw) for row in OutboxRecord.objects.all())
    hers.refresh_from_db()
    assert hers.role == Role.OWNER  # a team is not a role
    stranger = place_of(world, "charlie")
    refused = client.post(path, {"name": "Builders", "people": [str(stranger.pk)]})
    assert refused.status_code == 200 and refused.context["errors"]


def test_the_api_does_the_same(client_of: ClientOf, world: World) -> None:
    path = f"/api/v1/teams/{world.team.pk}/members"
    alice, hers = client_of("alice"), place_of(world, "alice")
    assert alice.get(path).json() == {"members": [str(place_of(world, "bob").pk)]}
    assert alice.put(path, {"members": [str(hers.pk)]}, content_type=JSON).json() == {"members": [str(hers.pk)]}
    for body in ({"members": [str(place_of(world, "charlie").pk)]}, {"members": "all"}, {}):
        assert alice.put(path, body, content_type=JSON).status_code == 400
    assert client_of("charlie").get(path).status_code == 404
    assert client_of("bob").get(path).status_code == 403
    Membership.objects.filter(user=world.bob).update(role=Role.BILLING_VIEWER)
    assert client_of("bob").get(path).status_code == 403


def test_a_place_of_another_organisation_is_refused(world: World) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        set_team_members.execute(world.team, [place_of(world, "charlie")])
    other = Team.objects.create(organisation=world.organisation, name="Others")
    assert set_team_members.execute(other, [place_of(world, "bob")]) == 1
    assert set_team_members.execute(other, [place_of(world, "bob")]) == 0
