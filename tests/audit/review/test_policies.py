"""The page of the audit policy: propose, decide, and see what holds; nobody alone, nothing of another tenant."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from audit.models import AuditPolicy
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
URL = "/admin/evidence/policy/"


@pytest.fixture
def owen(house: House) -> Client:
    return house.signed_in(house.person("owen", house.acme, "owner"))


@pytest.fixture
def cleo(house: House) -> Client:
    return house.signed_in(house.person("cleo", house.acme, "compliance_officer"))


def proposed(client: Client, house: House, **more: Any) -> AuditPolicy | None:
    given = {
        "of": str(house.acme.pk), "level": ["request_and_answer", "", "request"],
        "team": [str(house.team.pk), "", ""], "key": ["", "", "gth_live_abc"], "route": ["", "", "chat"],
        "fail-proxy": "open", "largest_kib": "64", "reason": "inspection of the model", **more,
    }  # fmt: skip
    assert client.post(URL, given).status_code == 302
    return AuditPolicy.objects.first()


def test_a_change_goes_from_the_form_by_a_second_person_into_force(house: House, owen: Client, cleo: Client) -> None:
    row = proposed(owen, house)
    assert row is not None
    assert row.rules == [
        {"level": "request_and_answer", "team": str(house.team.pk)},
        {"level": "request", "key": "gth_live_abc", "route": "chat"},
    ]
    assert (row.fail_modes, row.largest_kib, row.state) == ({"proxy": "open"}, 64, "proposed")
    waiting = cleo.get(URL, {"of": str(house.acme.pk)}).content.decode()
    assert "Version 1 waits for a second person" in waiting
    assert "team Research" in waiting
    cleo.post(f"{URL}{row.pk}/", {"do": "approve"})
    row.refresh_from_db()
    assert row.state == "approved"


def test_nobody_decides_alone_and_no_superuser_by_being_one(house: House, owen: Client) -> None:
    row = proposed(owen, house)
    assert row is not None
    root = house.signed_in(User.objects.create_superuser("root"))
    for client in (owen, root):
        client.post(f"{URL}{row.pk}/", {"do": "approve"})
    row.refresh_from_db()
    assert row.state == "proposed"


def test_another_tenants_policy_does_not_exist(house: House, owen: Client) -> None:
    row = proposed(owen, house)
    assert row is not None
    eve = house.signed_in(house.person("eve", house.other, "compliance_officer"))
    assert eve.get(URL, {"of": str(house.acme.pk)}).status_code == 404
    assert eve.post(f"{URL}{row.pk}/", {"do": "approve"}).status_code == 404
    proposed(eve, house)
    assert AuditPolicy.objects.count() == 1


@pytest.mark.parametrize(
    "more",
    [{"level": ["everything"]}, {"largest_kib": "much"}, {"largest_kib": "99999"}, {"reason": ""},
     {"valid_from": "tomorrow"}, {"key": ["x" * 300]}],
)  # fmt: skip
def test_bad_input_is_named_and_changes_nothing(house: House, owen: Client, more: dict[str, Any]) -> None:
    assert proposed(owen, house, **more) is None


def test_who_has_no_role_sees_no_policy(house: House) -> None:
    client = house.signed_in(house.person("dora", house.acme, "developer"))
    assert client.get(URL).status_code == 403
    assert client.post(URL, {}).status_code == 403


def test_the_installations_policy_names_organisations(house: House) -> None:
    root = house.signed_in(User.objects.create_superuser("root"))
    shown = root.get(URL, {"of": ""}).content.decode()
    assert "A log-in that cannot be recorded" in shown
    assert "Other" in shown
    given = {
        "of": "", "level": ["none"], "organisation": [str(house.acme.pk)], "team": [""], "key": [""], "route": [""],
        "fail-auth": "open", "largest_kib": "64", "reason": "inspection of the model",
    }  # fmt: skip
    assert root.post(URL, given).status_code == 302
    row = AuditPolicy.objects.get()
    assert (row.organisation_id, row.rules) == ("", [{"level": "none", "organisation": str(house.acme.pk)}])
    assert row.fail_modes == {"auth": "open"}
    cleo = house.signed_in(house.person("cleo", house.acme, "compliance_officer"))
    cleo.post(f"{URL}{row.pk}/", {"do": "approve"})
    row.refresh_from_db()
    assert row.state == "proposed"  # she holds the role in one organisation only
