"""The explorer: every filter finds what it names and nothing of another tenant; pages follow each other by key."""

from typing import Any

import pytest
from django.test import Client

from audit.context import Actor, Target
from audit.models import SavedView
from audit.review import search
from audit.rollups.prune import prune
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
URL, VIEWS = "/admin/evidence/events/", "/admin/evidence/events/views/"
VIEW = "view_auditevent"


def found(client: Client, **query: str) -> list[str]:
    """Ids on the page."""
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return [str(event.pk) for event in answer.context["page"].events]


@pytest.fixture
def ann(house: House) -> Client:
    return house.signed_in(house.person("ann", house.acme, "auditor", VIEW))


ODD = {
    "type": "proxy.request.failed", "outcome": "failure", "error_code": "upstream_error", "provider": "rare",
    "model_requested": "rare-model", "team_id": "t9", "key_id": "k9", "request_id": "r9", "session_id": "s9",
    "trace_id": "tr9", "http_path": "/v1/rare", "http_status": 502, "src_ip": "192.0.2.9", "excerpt": "rare words",
    "tokens_out": 900, "cost_nano": 5_000_000_000, "duration_us": 9_000_000, "model_served": "rare-served",
    "ticket": "T-9",
}  # fmt: skip
FILTERS = [
    ("type", "proxy.request.failed"), ("outcome", "failure"), ("error", "upstream_error"), ("provider", "rare"),
    ("model", "rare-model"), ("team", "t9"), ("key", "k9"), ("request", "r9"), ("session", "s9"), ("trace", "tr9"),
    ("path", "/v1/rare"), ("status", "502"), ("status", "5xx"), ("ip", "192.0.2.9"), ("text", "RARE words"),
    ("tokens", "900"), ("cost", "5"), ("ms", "9000"), ("served", "rare-served"), ("ticket", "T-9"),
    ("actor", "usr:9"), ("target", "x9"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), FILTERS)
def test_each_filter_finds_exactly_what_it_names(house: House, ann: Client, name: str, value: str) -> None:
    house.happened(organisation=house.acme, http_status=200)
    columns = dict(ODD)
    odd = house.happened(
        columns.pop("type"),
        house.acme,
        actor=Actor("user", "usr:9", "Nine"),
        target=Target("thing", "x9", "X"),
        **columns,
    )
    house.happened(organisation=house.other, **{k: v for k, v in columns.items() if k != "outcome"})
    assert found(ann, **{name: value}) == [odd]
    assert found(ann, **{name: value, "type": "proxy.request.failed"}) == [odd]


def test_a_rare_value_is_found_where_its_minutes_were_pruned(house: House, ann: Client, settings: Any) -> None:
    house.happened(organisation=house.acme)
    odd = house.happened("proxy.request.failed", house.acme, outcome="failure", provider="rare")
    settings.AUDIT_MINUTES_DAYS = -1  # what happened just now is beyond the horizon
    assert prune() > 0
    assert found(ann, provider="rare") == [odd]


def test_the_category_takes_all_its_types(house: House, ann: Client) -> None:
    change = house.happened("admin.route.updated", house.acme)
    house.happened(organisation=house.acme)
    assert found(ann, category="admin") == [change]


def test_pages_follow_each_other_without_gap_or_repetition(
    house: House, ann: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PAGE", 3)
    ids = [house.happened(organisation=house.acme, provider="p") for _ in range(8)]
    newest_first = ids[::-1]
    for query in ({}, {"provider": "p"}):
        first = ann.get(URL, query).context["page"]
        second = ann.get(URL, {**query, "before": str(first.older)}).context["page"]
        third = ann.get(URL, {**query, "before": str(second.older)}).context["page"]
        assert [str(event.pk) for page in (first, second, third) for event in page.events] == newest_first
        assert third.older is None
        back = ann.get(URL, {**query, "after": str(third.newer)}).context["page"]
        assert [str(event.pk) for event in back.events] == newest_first[3:6]


def test_a_search_without_an_index_looks_at_a_bounded_number_and_can_go_on(
    house: House, ann: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    needle = house.happened(organisation=house.acme, excerpt="needle")
    for _ in range(6):
        house.happened(organisation=house.acme)
    monkeypatch.setattr(search, "MOST_LOOKED_AT", 4)
    first = ann.get(URL, {"text": "needle"}).context["page"]
    assert (first.events, first.looked_back_to is not None) == ([], True)
    assert found(ann, text="needle", before=str(first.older)) == [needle]


def test_a_page_never_counts_nor_skips(house: House, ann: Client, database_calls: list[str]) -> None:
    house.happened(organisation=house.acme)
    database_calls.clear()
    ann.get(URL, {"outcome": "success"})
    log = [sql for sql in database_calls if '"audit_event"' in sql]
    assert log
    assert not [sql for sql in log if "COUNT(" in sql.upper() or "OFFSET" in sql.upper()]


@pytest.mark.parametrize(
    "query",
    [{"status": "abc"}, {"ip": "x"}, {"ms": "-1"}, {"ms": "nan"}, {"tokens": "1e99"}, {"type": "x" * 300},
     {"text": "\x00"}, {"before": "x"}, {"range": "1y"}, {"set": "nonsense"}, {"from": "2026-13-01"}],
)  # fmt: skip
def test_nonsense_is_told_and_never_breaks_the_page(ann: Client, query: dict[str, str]) -> None:
    answer = ann.get(URL, query)
    assert answer.status_code == 200
    assert answer.context["problems"] or "set" in query


def test_hostile_text_stays_text(house: House, ann: Client) -> None:
    bad = "<script>alert(1)</script>{{7*7}}"
    event_id = house.happened(
        organisation=house.acme,
        model_requested=bad,
        excerpt=bad,
        user_agent=bad,
        attrs={"x": bad, "changes": {bad: [bad, bad]}},
    )
    for page in (ann.get(URL, {"model": bad}), ann.get(f"{URL}{event_id}/")):
        text = page.content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "<script>alert(1)" not in text


def test_a_stranger_finds_nothing(house: House) -> None:
    event_id = house.happened(organisation=house.acme)
    stranger = house.signed_in(house.person("olaf", house.other, "auditor", VIEW))
    assert found(stranger) == []
    assert stranger.get(f"{URL}{event_id}/").status_code == 404
    assert house.signed_in(house.person("eve", None)).get(URL).status_code == 403


def test_the_detail_tells_what_belongs_together(house: House, ann: Client) -> None:
    start = house.happened("proxy.request.started", house.acme, request_id="r1", session_id="s1")
    end = house.happened(organisation=house.acme, request_id="r1", session_id="s1")
    later = house.happened(organisation=house.acme, session_id="s1")
    context = ann.get(f"{URL}{end}/").context
    # Each record here is a writer of its own, so the log has ended the first one's call as well.
    timeline = [str(event.pk) for event in context["timeline"]]
    assert timeline[0] == start
    assert end in timeline[1:]
    assert later in {str(event.pk) for _, rows in context["related"] for event in rows}


def test_changes_are_shown_before_and_after(house: House, ann: Client) -> None:
    event_id = house.happened(
        "admin.route.updated", house.acme, attrs={"fields": ["name", "key"], "changes": {"name": ["old", "new"]}}
    )
    changes = ann.get(f"{URL}{event_id}/").context["changes"]
    assert [(c.field, c.before, c.after, c.shown) for c in changes] == [
        ("name", "old", "new", True),
        ("key", "", "", False),
    ]


def test_a_search_is_kept_shared_and_deleted_by_its_owner_only(house: House, ann: Client) -> None:
    ann.post(VIEWS, {"name": "failures", "query": "outcome=failure&before=zzz&evil=1", "shared": "on"})
    view = SavedView.objects.get()
    assert (view.query, view.shared, view.owner_name) == ("outcome=failure", True, "ann")
    bob = house.signed_in(house.person("bob", house.acme, "auditor", VIEW))
    assert "failures" in bob.get(URL).content.decode()
    assert bob.post(VIEWS, {"delete": str(view.pk)}).status_code == 404
    assert ann.post(VIEWS, {"delete": str(view.pk)}).status_code == 302
    assert not SavedView.objects.exists()


def test_a_view_needs_a_name(ann: Client) -> None:
    assert ann.post(VIEWS, {"name": "", "query": "outcome=failure"}).status_code == 400


def test_the_events_do_not_wait_for_their_counts(house: House, ann: Client, database_calls: list[str]) -> None:
    house.happened(organisation=house.acme, model_requested="small")
    house.happened(organisation=house.other, model_requested="theirs")
    database_calls.clear()
    page = ann.get(URL, {"outcome": "success"})
    assert not [sql for sql in database_calls if '"audit_rollup"."model" AS' in sql]
    assert b"figures/?outcome=success&amp;part=facets" in page.content
    facets = ann.get(f"{URL}figures/", {"outcome": "success", "part": "facets"}).content.decode()
    assert "small" in facets and "theirs" not in facets
    assert f'href="{URL}?outcome=success&amp;model=small"' in facets
    assert b"Events over time" in ann.get(f"{URL}figures/", {"part": "chart"}).content
    assert ann.get(f"{URL}figures/", {"part": "nothing", "status": "often", "range": "ever"}).status_code == 200
