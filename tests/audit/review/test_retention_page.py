"""The page of retention and holds: each role asks and decides what it may, nobody alone, nothing of another tenant."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from audit.models import LegalHold, RetentionPolicy, SubjectRequest
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
URL = "/admin/evidence/retention/"


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.AUDIT_SHREDDED_FILE = tmp_path / "shredded"


@pytest.fixture
def cleo(house: House) -> Client:
    return house.signed_in(house.person("cleo", house.acme, "compliance_officer"))


@pytest.fixture
def lea(house: House) -> Client:
    return house.signed_in(house.person("lea", house.acme, "review_lead"))


def asked(client: Client, house: House, do: str, **given: str) -> None:
    answer = client.post(URL, {"do": do, "of": str(house.acme.pk), "reason": "claim of a customer", **given})
    assert answer.status_code == 302


def test_it_shows_how_long_what_is_kept_and_what_goes(house: House, cleo: Client) -> None:
    house.happened(organisation=house.acme)
    shown = cleo.get(URL).content.decode()
    assert "396 days" in shown
    assert "Nothing is over its time" in shown
    assert "Nothing is held" in shown


def test_shorter_content_is_asked_and_approved_on_the_page(house: House, cleo: Client, lea: Client) -> None:
    asked(cleo, house, "change", **{"class": "content", "days": "30"})
    row = RetentionPolicy.objects.get()
    assert row.state == "requested"
    assert "Shorter retention" in lea.get(URL).content.decode()
    cleo.post(f"{URL}policy/{row.pk}/", {"do": "approve"})
    lea.post(f"{URL}policy/{row.pk}/", {"do": "approve"})
    row.refresh_from_db()
    assert (row.state, row.decided_by_name) == ("approved", "lea")


def test_a_hold_is_placed_and_released_by_two(house: House, cleo: Client, lea: Client) -> None:
    asked(cleo, house, "hold", name="Case 17", query="?actor=usr:1&outcome=failure", **{"from": "2026-01-01"})
    hold = LegalHold.objects.get()
    assert hold.query == "outcome=failure&actor=usr%3A1"
    assert "Case 17" in lea.get(URL).content.decode()
    asked(cleo, house, "release", hold=str(hold.pk))
    lea.post(f"{URL}hold/{hold.pk}/", {"do": "approve"})
    hold.refresh_from_db()
    assert hold.released_at is not None


def test_an_erasure_is_asked_and_approved(house: House, cleo: Client, lea: Client) -> None:
    asked(cleo, house, "erase", subject="end:ann")
    row = SubjectRequest.objects.get()
    shown = lea.get(URL).content.decode()
    assert "Erasure of a person" in shown
    assert "end:ann" not in shown
    lea.post(f"{URL}subject/{row.pk}/", {"do": "approve"})
    row.refresh_from_db()
    assert row.outcome == "done"


def test_another_tenant_sees_and_decides_nothing_of_it(house: House, cleo: Client) -> None:
    asked(cleo, house, "hold", name="Case 17", query="")
    asked(cleo, house, "erase", subject="end:ann")
    eve = house.signed_in(house.person("eve", house.other, "compliance_officer"))
    assert "Case 17" not in eve.get(URL).content.decode()
    row, hold = SubjectRequest.objects.get(), LegalHold.objects.get()
    assert eve.post(f"{URL}subject/{row.pk}/", {"do": "approve"}).status_code == 404
    assert eve.post(URL, {"do": "release", "hold": str(hold.pk), "reason": "to be free"}).status_code == 404
    asked(eve, house, "erase", subject="end:ben")
    assert SubjectRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("do", "given"),
    [("change", {"class": "proxy", "days": "400"}), ("change", {"class": "content", "days": "many"}),
     ("change", {"class": "nothing", "days": "4"}), ("hold", {"name": "x"}), ("hold", {"name": "Case", "from": "soon"}),
     ("hold", {"name": "Case", "query": "status=what"}), ("erase", {"subject": ""}), ("erase", {"reason": ""})],
)  # fmt: skip
def test_bad_input_is_named_and_changes_nothing(house: House, cleo: Client, do: str, given: dict[str, str]) -> None:
    asked(cleo, house, do, **given)
    assert not RetentionPolicy.objects.exists()
    assert not LegalHold.objects.exists()
    assert not SubjectRequest.objects.exists()


def test_who_has_no_role_is_refused(house: House) -> None:
    developer = house.signed_in(house.person("dora", house.acme, "developer"))
    assert developer.get(URL).status_code == 403
    auditor = house.signed_in(house.person("ann", house.acme, "auditor"))
    assert auditor.get(URL).status_code == 200
    asked(auditor, house, "hold", name="Case 17")
    assert not LegalHold.objects.exists()
    assert auditor.post(URL, {"do": "dance"}).status_code == 404
    root = house.signed_in(User.objects.create_superuser("root"))
    assert root.get(URL).status_code == 200
    assert root.post(URL, {"do": "run"}).status_code == 302
