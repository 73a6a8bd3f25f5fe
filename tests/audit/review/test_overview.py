"""The overview: right figures for the right people, from the roll-ups alone."""

import pytest

from audit.models import AuditEvent
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
