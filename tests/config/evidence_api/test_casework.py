"""`/api/v1/audit/cases`: what the cases pages do, for programs."""

from collections.abc import Callable

import pytest
from django.test import Client

from audit.models import ReviewCase
from tests.accounts.api.conftest import client_of
from tests.audit.review.conftest import happened
from tests.config.evidence_api.test_finding import API, people, sent
from tests.gateway_world import World

__all__ = ["client_of", "people"]
ClientOf = Callable[..., Client]


def test_a_case_from_its_opening_to_its_end(people: World, client_of: ClientOf) -> None:
    acme, bob = str(people.organisation.pk), client_of("bob")
    event = happened("proxy.request.failed", people.organisation, outcome="failure")
    case = sent(bob, "cases", organisation_id=acme, title="The leak").json()["id"]
    added = sent(bob, f"cases/{case}/items", events=[event], note="the call")
    assert [one["event_id"] for one in added.json()] == [event]
    assert [one["id"] for one in bob.get(f"{API}/events?case={case}").json()["items"]] == [event]
    assert sent(bob, f"cases/{case}/actions", do="note", text="asked").status_code == 200
    assert sent(bob, f"cases/{case}/actions", do="give", to="dora").json()["owner_name"] == "dora"
    assert sent(bob, f"cases/{case}/actions", do="export", text="for the claim").status_code == 200
    assert sent(bob, f"cases/{case}/actions", do="hold", text="a claim").status_code == 409
    closed = sent(bob, f"cases/{case}/actions", do="close", text="Nothing came of it after all.").json()
    assert closed["state"] == "closed"
    assert sent(bob, f"cases/{case}/items", events=[event]).status_code == 409
    assert sent(bob, f"cases/{case}/actions", do="reopen", text="it came up again").json()["state"] == "open"
    kinds = [note["kind"] for note in bob.get(f"{API}/cases/{case}/actions").json()]
    assert kinds == ["opened", "note", "owner", "export", "closed", "reopened"]
    assert [one["id"] for one in bob.get(f"{API}/cases?state=open").json()["items"]] == [case]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("cases", {"title": "ab"}),
        ("cases", {}),
        ("cases/{case}/items", {"events": []}),
        ("cases/{case}/items", {"events": ["x"]}),
        ("cases/{case}/actions", {"do": "vanish"}),
        ("cases/{case}/actions", {"do": "export", "format": "stone"}),
    ],
)
def test_bad_input_is_named(people: World, client_of: ClientOf, path: str, body: dict[str, object]) -> None:
    case = ReviewCase.objects.create(organisation_id=str(people.organisation.pk), title="One", owner_id="1")
    answer = sent(client_of("bob"), path.format(case=case.pk), **body)
    assert answer.status_code == 400, answer.content


def test_another_tenants_case_does_not_exist(people: World, client_of: ClientOf) -> None:
    case = ReviewCase.objects.create(organisation_id=str(people.organisation.pk), title="One", owner_id="1")
    charlie = client_of("charlie")
    assert charlie.get(f"{API}/cases").json()["items"] == []
    assert charlie.get(f"{API}/cases/{case.pk}").status_code == 404
    assert sent(charlie, f"cases/{case.pk}/actions", do="note", text="x").status_code == 404
    assert sent(charlie, "cases", organisation_id=str(people.organisation.pk), title="Mine").status_code == 409
    theirs = happened(organisation=people.elsewhere)
    assert sent(client_of("bob"), f"cases/{case.pk}/items", events=[theirs]).status_code == 404
    assert client_of("alice").get(f"{API}/cases").status_code == 403
    assert Client().get(f"{API}/cases").status_code == 401
