"""The overview: right figures for the right people, from the roll-ups alone."""

import re

import pytest

from audit.models import Anchor, AuditEvent, Destination
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
URL = "/admin/evidence/overview/"
VIEW = "view_auditevent"


def test_an_auditor_sees_his_organisation_only(house: House) -> None:
    for _ in range(3):
        house.happened(organisation=house.acme, model_requested="small", tokens_in=5, tokens_out=7, duration_us=1000)
    house.happened(organisation=house.other, model_requested="secret-model")
    answer = house.signed_in(house.person("ann", house.acme, "auditor", VIEW)).get(URL)
    assert answer.context["totals"].calls == 3
    assert answer.context["totals"].tokens_out == 21
    assert b"secret-model" not in answer.content
    assert b"small" in answer.content


def test_a_stranger_is_refused(house: House) -> None:
    house.happened(organisation=house.acme)
    nobody = house.signed_in(house.person("eve", None))
    assert nobody.get(URL).status_code == 403


def test_a_member_without_an_auditing_role_counts_nothing(house: House) -> None:
    house.happened(organisation=house.acme)
    answer = house.signed_in(house.person("dev", house.acme, "developer", VIEW)).get(URL)
    assert answer.context["totals"].calls == 0
    assert "No calls in this period" in answer.content.decode()


def test_the_log_itself_is_not_asked(house: House, database_calls: list[str]) -> None:
    house.happened(organisation=house.acme)
    client = house.signed_in(house.person("ann", house.acme, "auditor", VIEW))
    database_calls.clear()
    client.get(URL)
    assert not [sql for sql in database_calls if f'"{AuditEvent._meta.db_table}"' in sql]


def test_a_period_that_is_none_is_answered_in_words(house: House) -> None:
    answer = house.signed_in(house.person("ann", house.acme, "auditor", VIEW)).get(URL, {"from": "x"})
    assert answer.status_code == 200
    assert "Write the dates as" in answer.content.decode()


def test_teams_and_reasons_are_named(house: House) -> None:
    house.happened(
        "proxy.request.rejected", house.acme, outcome="denied", error_code="budget_exceeded", team_id=str(house.team.pk)
    )
    page = house.signed_in(house.person("ann", house.acme, "auditor", VIEW)).get(URL).content.decode()
    assert "Research" in page
    assert "Budget exceeded" in page


def kept_outside(page: str) -> tuple[str, str]:
    """What the overview says of it, and the link's attributes."""
    found = re.search(r"<dt>Kept outside</dt><dd><a ([^>]*)>(.*?)</a>", page)
    assert found is not None
    return re.sub("<[^>]*>", "", found[2]), found[1]


def test_where_checkpoints_are_kept_alarms_only_where_a_chosen_place_fails(house: House) -> None:
    auditor = house.signed_in(house.person("ann", house.acme, "auditor", VIEW))
    chooser = house.signed_in(house.person("root", house.acme, "auditor", VIEW, "add_destination"))
    text, link = kept_outside(chooser.get(URL).content.decode())
    assert "choose a place" in text
    assert "/admin/audit/destination/add/" in link
    assert "failed" not in link
    assert "an administrator chooses" in kept_outside(auditor.get(URL).content.decode())[0]
    place = Destination.objects.create(name="vault", kind="file", address="vault")
    assert "on its way" in kept_outside(auditor.get(URL).content.decode())[0]
    Anchor.objects.create(destination=place, size=1, note="")
    text, link = kept_outside(auditor.get(URL).content.decode())
    assert text.startswith("checkpoint of ")
    assert "failed" not in link
    place.failed("the disk is full")
    text, link = kept_outside(auditor.get(URL).content.decode())
    assert "vault fails: the disk is full" in text
    assert "gh-change-failed" in link
