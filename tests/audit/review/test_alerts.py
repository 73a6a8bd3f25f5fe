"""Alerts: a rule tells once, people answer it, and what it finds more is counted; each step on record."""

import hmac
import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from audit.actions.answer_alert import acknowledge_alert, close_alert
from audit.actions.errors import NotNow
from audit.actions.raise_alerts import examine, raise_alerts
from audit.actions.tell_alerts import MOST_ATTEMPTS, tell_alerts
from audit.models import Alert, AlertRule, AuditEvent, CaseItem
from tests.audit.channels.conftest import elsewhere
from tests.audit.review.conftest import House
from tests.audit.review.test_queues import reviewer

__all__ = ["elsewhere"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
URL = "/admin/evidence/alerts/"


def rule_of(house: House, **values: Any) -> AlertRule:
    rule = AlertRule(**{"organisation_id": str(house.acme.pk), "name": "Refused", "query": "outcome=denied", **values})
    rule.secret = "a secret of ours"  # noqa: S105 (of the test)
    rule.full_clean()
    rule.save()
    return rule


def refused(house: House, count: int = 1) -> list[str]:
    return [house.happened("proxy.request.rejected", house.acme, outcome="denied") for _ in range(count)]


def steps() -> list[str]:
    return sorted(AuditEvent.objects.filter(category="alert").values_list("type", flat=True))


def test_a_rule_tells_once_and_counts_what_follows(house: House) -> None:
    rule = rule_of(house)
    first = refused(house)[0]
    house.happened("proxy.request.rejected", house.other, outcome="denied")
    house.happened(organisation=house.acme)
    assert raise_alerts() == 1
    last = refused(house)[0]
    assert (raise_alerts(), raise_alerts()) == (0, 0)
    alert = rule.alerts.get()
    assert (alert.events, str(alert.first_event), str(alert.last_event)) == (2, first, last)
    house.happened(organisation=house.acme)
    assert steps() == ["alert.raised"]


def test_so_many_within_the_time_are_wanted(house: House) -> None:
    rule = rule_of(house, at_least=3)
    refused(house, 2)
    assert raise_alerts() == 0
    refused(house)
    assert raise_alerts() == 1
    assert rule.alerts.get().events == 3


def test_a_kill_in_between_raises_nothing_twice(house: House) -> None:
    rule = rule_of(house)
    refused(house, 2)
    assert examine(rule.pk) == 1
    AlertRule.objects.update(examined_up_to=-1)
    assert examine(rule.pk) == 0
    assert rule.alerts.get().events == 2
    close_alert(rule.alerts.get(), reviewer(house, "ann"), "a test")
    refused(house)
    assert examine(rule.pk) == 1
    assert [alert.events for alert in rule.alerts.all()] == [1, 2]


def test_people_answer_and_close_with_a_word(house: House) -> None:
    rule, ann = rule_of(house), reviewer(house, "ann")
    refused(house)
    raise_alerts()
    alert = acknowledge_alert(rule.alerts.get(), ann)
    assert alert.acknowledged_by_name == "ann"
    with pytest.raises(NotNow, match="already"):
        acknowledge_alert(alert, ann)
    with pytest.raises(NotNow, match="what came of it"):
        close_alert(alert, ann, " ")
    close_alert(alert, ann, "a load test of ours")
    with pytest.raises(NotNow, match="closed"):
        close_alert(alert, ann, "again")
    house.happened(organisation=house.acme)
    assert steps() == ["alert.acknowledged", "alert.closed", "alert.raised"]
    assert AuditEvent.objects.filter(type="alert.closed", reason="a load test of ours").exists()


def test_a_letter_names_the_rule_and_nothing_of_the_events(house: House) -> None:
    rule_of(house, mails="ciso@example.org\n\nops@example.org")
    refused(house)
    raise_alerts()
    assert (tell_alerts(), tell_alerts()) == (1, 0)
    letter = mail.outbox[0]
    assert letter.recipients() == ["ciso@example.org", "ops@example.org"]
    assert "Refused" in letter.subject and "1 event between" in letter.body and URL in letter.body
    house.happened(organisation=house.acme)
    assert steps() == ["alert.raised", "alert.told"]


def test_a_webhook_is_signed_and_tried_again_under_the_same_id(house: House, elsewhere: HTTPServer) -> None:
    rule = rule_of(house, url=elsewhere.url_for("/alerts"))
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        request.get_data()
        return Response(status=500 if len(seen) == 1 else 204)

    elsewhere.expect_request("/alerts", "POST").respond_with_handler(answer)
    refused(house)
    raise_alerts()
    assert (tell_alerts(), tell_alerts()) == (0, 1)
    one, two = seen
    assert one.headers["webhook-id"] == two.headers["webhook-id"] == str(rule.alerts.get().pk)
    signed = f"{two.headers['webhook-id']}.{two.headers['webhook-timestamp']}.".encode() + two.get_data()
    expected = b64encode(hmac.new(b"a secret of ours", signed, sha256).digest()).decode()
    assert two.headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(two.get_data())["events"] == 1


def test_a_telling_that_is_given_up_is_on_record(house: House, elsewhere: HTTPServer) -> None:
    rule_of(house, url=elsewhere.url_for("/nobody"))
    refused(house)
    raise_alerts()
    Alert.objects.update(attempts=MOST_ATTEMPTS - 1)
    assert tell_alerts() == 0
    house.happened(organisation=house.acme)
    assert AuditEvent.objects.get(type="alert.told").outcome == "failure"
    assert "Nobody was told yet" in house.signed_in(reviewer(house, "ann")).get(URL).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"query": ""}, {"query": "status=abc"}, {"mails": "nobody"}, {"url": "ftp://x"}, {"at_least": 0},
     {"window_minutes": 0}, {"mails": "a@example.org\n" * 51}],
)  # fmt: skip
def test_what_is_no_rule_is_refused(house: House, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule_of(house, **wrong)


def test_a_rule_is_made_in_the_admin_and_begins_now(house: House) -> None:
    refused(house)
    lea = house.signed_in(reviewer(house, "lea", "review_lead"))
    form = {
        "organisation_id": str(house.acme.pk), "name": "New", "query": "outcome=denied", "at_least": "1",
        "window_minutes": "10", "mails": "", "url": "", "secret": "", "enabled": "on",
    }  # fmt: skip
    add = "/admin/audit/alertrule/add/"
    assert lea.post(add, {**form, "organisation_id": str(house.other.pk)}).status_code == 200
    assert lea.post(add, {**form, "url": "https://example.com/hook"}).status_code == 200
    assert lea.post(add, {**form, "url": "https://example.com/hook", "secret": "hush"}).status_code == 302
    rule = AlertRule.objects.get()
    assert rule.secret == "hush" and "hush" not in lea.get(f"/admin/audit/alertrule/{rule.pk}/change/").content.decode()
    assert raise_alerts() == 0
    assert lea.post(f"/admin/audit/alertrule/{rule.pk}/delete/", {"post": "yes"}).status_code == 403
    moved = {**form, "url": "https://example.org/other"}
    assert lea.post(f"/admin/audit/alertrule/{rule.pk}/change/", moved).status_code == 200


def test_the_page_leads_from_the_alert_to_a_case(house: House) -> None:
    rule_of(house, name="<i>Refused</i>")
    refused(house, 2)
    raise_alerts()
    ann, alert = house.signed_in(reviewer(house, "ann")), Alert.objects.get()
    page = ann.get(URL).content.decode()
    assert "&lt;i&gt;Refused" in page and "<i>Refused" not in page
    ann.post(URL, {"alert": str(alert.pk), "do": "acknowledge"})
    made = ann.post(URL, {"alert": str(alert.pk), "do": "case"})
    assert made.url.startswith("/admin/evidence/cases/") and CaseItem.objects.count() == 2
    ann.post(URL, {"alert": str(alert.pk), "do": "close", "note": "followed up"})
    assert "followed up" in ann.get(URL).content.decode()
    assert ann.post(URL, {"alert": str(alert.pk), "do": "vanish"}).status_code == 404


def test_strangers_and_other_roles_reach_no_alert(house: House) -> None:
    rule = rule_of(house)
    refused(house)
    raise_alerts()
    form = {"alert": str(Alert.objects.get().pk), "do": "acknowledge"}
    olaf = house.signed_in(house.person("olaf", house.other, "auditor"))
    assert "Refused" not in olaf.get(URL).content.decode()
    assert olaf.post(URL, form).status_code == 404
    lead_elsewhere = house.signed_in(house.person("otto", house.other, "review_lead"))
    assert lead_elsewhere.get(f"/admin/audit/alertrule/{rule.pk}/change/").status_code == 404
    for role in ("developer", "administrator", "billing_viewer", "owner"):
        client = house.signed_in(house.person(role, house.acme, role))
        assert client.get(URL).status_code == client.post(URL, form).status_code == 403, role
    assert Alert.objects.get().state == "open"
