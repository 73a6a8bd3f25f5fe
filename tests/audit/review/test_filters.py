"""Every filter finds what has the value and nothing else, in the explorer and in the API."""

from typing import Any

import pytest
from django.test import Client

from audit.actions.open_case import add_events, open_case
from audit.actions.queue_event import queue_event
from audit.address_lookup import within
from audit.context import Actor, Target
from audit.models import AuditEvent, ReviewQueue
from audit.review.filters import TITLES, BadFilter, filters
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
WANTED: dict[str, Any] = {
    "outcome": "failure", "team_id": "t1", "key_id": "k1", "provider": "house", "model_requested": "large",
    "error_code": "too_slow", "request_id": "r1", "session_id": "s1", "trace_id": "tr1", "http_path": "/v1/messages",
    "model_served": "large-2", "guardrail_verdict": "block", "cache_status": "hit", "ticket": "T-17", "severity": 3,
    "project_id": "p1", "tokens_in": 900, "tokens_out": 800, "cost_nano": 5 * 10**9, "duration_us": 7_000_000,
    "http_status": 429, "src_ip": "192.0.2.77", "excerpt": "the salaries of the board",
    "actor": Actor("service_account", "svc:9", "Robot Nine"), "target": Target("route", "route-9", "chat"),
    "attrs": {"guardrail_rules": ["secrets"], "end_user": "eu-9", "tags": ["prod", "größe"]},
}  # fmt: skip
OTHER: dict[str, Any] = {
    "tokens_in": 1, "tokens_out": 1, "cost_nano": 1, "duration_us": 1, "src_ip": "198.51.100.1", "severity": 1,
    "http_status": 200, "attrs": {"guardrail_rules": ["secret"], "tags": ["production"]},
    "actor": Actor("user", "u", "U"),
    "target": Target("model", "m", "m"),
}  # fmt: skip
ASKED = {
    "type": "proxy.request.failed", "outcome": "failure", "team": "t1", "key": "k1", "actor": "svc:9",
    "provider": "house", "model": "large", "error": "too_slow", "request": "r1", "session": "s1", "trace": "tr1",
    "target": "route-9", "path": "/v1/messages", "served": "large-2", "verdict": "block", "cache": "hit",
    "ticket": "T-17", "actor_kind": "service_account", "target_kind": "route", "project": "p1", "severity": "2",
    "in": "900", "tokens": "800", "cost": "4.5", "ms": "6999", "status": "4xx", "ip": "192.0.2.0/24",
    "actor_name": "robot", "guardrail": "secrets", "enduser": "eu-9", "tag": "prod", "text": "SALARIES",
}  # fmt: skip


@pytest.fixture
def wanted(house: House) -> str:
    """One event that has every value, among one that has none of them; its id."""
    found = house.happened("proxy.request.failed", house.acme, **WANTED)
    house.happened("proxy.request.completed", house.acme, **OTHER)
    return found


def found_by(client: Client, **query: str) -> list[str]:
    answer = client.get("/api/v1/audit/events", query)
    assert answer.status_code == 200, (query, answer.content)
    return [one["id"] for one in answer.json()["items"] if one["category"] == "proxy"]


def test_each_filter_finds_the_one_event(house: House, wanted: str) -> None:
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    ann_sees = {**ASKED, "ip": "192.0.2.77"}
    for query in [{name: value} for name, value in ASKED.items()] + [ann_sees, {"tag": "größe"}, {"status": "429"}]:
        assert found_by(ann, **query) == [wanted], query
        page = ann.get("/admin/evidence/events/", query).content.decode()
        assert wanted in page and page.count("<tr>") == 2, query
    assert len(found_by(ann, category="proxy")) == len(found_by(ann, organisation=str(house.acme.pk))) == 2
    assert found_by(ann, ip="192.0.2.76/31") == [wanted]
    assert found_by(ann, ip="2001:db8::/32") == found_by(ann, category="auth") == []


def test_what_is_reviewed_or_in_a_case_is_found(house: House, wanted: str) -> None:
    person = house.person("lea", house.acme, "review_lead")
    lea, event = house.signed_in(person), AuditEvent.objects.get(pk=wanted)
    assert len(found_by(lea, review="none")) == 2
    queue = ReviewQueue.objects.create(organisation_id=str(house.acme.pk), name="All")
    queue_event(queue, event, by_hand=True)
    case = open_case(person, str(house.acme.pk), "One matter")
    add_events(case, person, [event])
    for query in ({"review": "any"}, {"review": "waiting"}, {"case": str(case.pk)}):
        assert found_by(lea, **query) == [wanted], query
    assert found_by(lea, review="decided") == found_by(lea, review="violation") == []
    assert len(found_by(lea, review="none")) == 1


def test_no_filter_is_left_out_of_these_tests() -> None:
    assert TITLES.keys() - ASKED.keys() == {"organisation", "category", "review", "case"}


@pytest.mark.parametrize(
    "wrong",
    [{"ip": "192.0.2.0/99"}, {"ip": "x/8"}, {"review": "maybe"}, {"severity": "high"}, {"in": "-1"}, {"in": "1e99"},
     {"case": "x"}, {"status": "4x"}, {"text": "\x00"}, {"tag": "x" * 257}],
)  # fmt: skip
def test_a_value_that_cannot_be_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(BadFilter):
        filters(wrong)


def test_an_address_is_in_a_network_or_not() -> None:
    assert within("192.0.2.1", "192.0.2.0/24") and within("2001:db8::1", "2001:db8::/32")
    for address in (None, "", "nonsense", "198.51.100.1", "::1"):
        assert not within(address, "192.0.2.0/24")
