"""Review: events find their way into queues, one person looks at a time, and the second is never the first."""

from decimal import Decimal

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from accounts.models import User
from audit.actions.errors import NotNow
from audit.actions.feed_queues import feed_queues, in_sample
from audit.actions.give_verdict import give_verdict
from audit.actions.reserve_item import next_item, reserve_item
from audit.models import AuditEvent, OutboxRecord, ReviewAction, ReviewItem, ReviewQueue
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
URL = "/admin/evidence/review/"


def queue(house: House, **values: object) -> ReviewQueue:
    return ReviewQueue.objects.create(
        **{"organisation_id": str(house.acme.pk), "name": "Refused", "query": "outcome=denied", **values}
    )


def item_of(house: House, **values: object) -> ReviewItem:
    """A refused call that waits in a queue."""
    made = queue(house, **values)
    house.happened("proxy.request.rejected", house.acme, outcome="denied")
    feed_queues()
    return made.items.get()


def reviewer(house: House, name: str, role: str = "auditor") -> User:
    return house.person(name, house.acme, role)


def recorded() -> list[str]:
    """What waits in the outbox."""
    return [bytes(raw).decode() for raw in OutboxRecord.objects.values_list("raw", flat=True)]


def test_a_queue_takes_what_its_search_finds_once(house: House) -> None:
    made = queue(house)
    wanted = house.happened("proxy.request.rejected", house.acme, outcome="denied")
    house.happened(organisation=house.acme)
    house.happened("proxy.request.rejected", house.other, outcome="denied")
    assert feed_queues() == 1
    assert feed_queues() == 0
    ReviewQueue.objects.update(fed_up_to=-1)
    assert feed_queues() == 0
    assert [str(item.event_id) for item in made.items.all()] == [wanted]
    assert any("review.item.queued" in line for line in recorded())


def test_a_sample_is_drawn_by_nobody() -> None:
    ids = [uuid7() for _ in range(4000)]
    drawn = [event_id for event_id in ids if in_sample(event_id, Decimal(10))]
    assert drawn == [event_id for event_id in ids if in_sample(event_id, Decimal(10))]
    assert 280 < len(drawn) < 520
    assert all(in_sample(event_id, Decimal(100)) for event_id in ids)
    assert not any(in_sample(event_id, Decimal(0)) for event_id in ids)


def test_one_verdict_decides_where_one_is_asked_for(house: House) -> None:
    item, ann = item_of(house), reviewer(house, "ann")
    reserve_item(item.pk, ann)
    assert give_verdict(item.pk, ann, "fine", "").state == "decided"
    assert any("review.item.decided" in line and '"verdict":"fine"' in line for line in recorded())


def test_the_second_reviewer_is_never_the_first(house: House) -> None:
    item, ann, bob = item_of(house, reviewers_per_item=2), reviewer(house, "ann"), reviewer(house, "bob")
    reserve_item(item.pk, ann)
    assert give_verdict(item.pk, ann, "violation", "a secret was sent").state == "second"
    with pytest.raises(NotNow):
        reserve_item(item.pk, ann)
    assert next_item(item.queue, ann) is None
    assert next_item(item.queue, bob) == item
    decided = give_verdict(item.pk, bob, "violation", "I agree")
    assert (decided.state, decided.verdict) == ("decided", "violation")


def test_reviewers_who_disagree_are_settled_by_a_lead(house: House) -> None:
    item = item_of(house, reviewers_per_item=2)
    ann, bob, lea = reviewer(house, "ann"), reviewer(house, "bob"), reviewer(house, "lea", "review_lead")
    for person, verdict in ((ann, "fine"), (bob, "violation")):
        reserve_item(item.pk, person)
        give_verdict(item.pk, person, verdict, "because")
    assert ReviewItem.objects.get().state == "disputed"
    carl = reviewer(house, "carl")
    assert next_item(item.queue, carl) is None
    assert next_item(item.queue, lea) == item
    assert give_verdict(item.pk, lea, "violation", "settled").verdict == "violation"


def test_only_one_person_looks_at_a_time(house: House) -> None:
    item, ann, bob = item_of(house), reviewer(house, "ann"), reviewer(house, "bob")
    reserve_item(item.pk, ann)
    with pytest.raises(NotNow, match="ann is looking"):
        reserve_item(item.pk, bob)
    assert next_item(item.queue, bob) is None
    with pytest.raises(NotNow, match="run out"):
        give_verdict(item.pk, bob, "fine", "")


@pytest.mark.parametrize(
    ("verdict", "comment"), [("violation", " "), ("nonsense", "x"), ("", "x"), ("fine", "x" * 4001)]
)
def test_a_verdict_without_its_reason_is_refused(house: House, verdict: str, comment: str) -> None:
    item, ann = item_of(house), reviewer(house, "ann")
    reserve_item(item.pk, ann)
    with pytest.raises(NotNow):
        give_verdict(item.pk, ann, verdict, comment)
    assert not ReviewAction.objects.exists()


def test_the_pages_lead_from_the_queue_to_the_verdict(house: House) -> None:
    item = item_of(house, rubric="Look for names.")
    ann = house.signed_in(reviewer(house, "ann"))
    assert "Refused" in ann.get(URL).content.decode()
    page = ann.post(URL, {"queue": str(item.queue.pk)}, follow=True)
    assert "Look for names." in page.content.decode()
    answer = ann.post(f"{URL}items/{item.pk}/", {"do": "verdict", "verdict": "violation", "comment": "<b>bad</b>"})
    assert answer.status_code == 302
    shown = ann.get(f"{URL}items/{item.pk}/").content.decode()
    assert "&lt;b&gt;bad&lt;/b&gt;" in shown
    assert "Violation" in shown


def test_the_first_verdict_is_hidden_from_the_second_reviewer(house: House) -> None:
    item, ann, bob = item_of(house, reviewers_per_item=2), reviewer(house, "ann"), reviewer(house, "bob")
    reserve_item(item.pk, ann)
    give_verdict(item.pk, ann, "violation", "a telling remark")
    assert "a telling remark" not in house.signed_in(bob).get(f"{URL}items/{item.pk}/").content.decode()


def test_a_comment_and_an_assignment_are_kept(house: House) -> None:
    item, lea, bob = item_of(house), reviewer(house, "lea", "review_lead"), reviewer(house, "bob")
    client = house.signed_in(lea)
    client.post(f"{URL}items/{item.pk}/", {"do": "comment", "comment": "have a look"})
    client.post(f"{URL}items/{item.pk}/", {"do": "assign", "to": "bob"})
    assert ReviewItem.objects.get().assigned_to == str(bob.pk)
    assert next_item(item.queue, lea) is None
    assert next_item(item.queue, bob) == item
    assert [action.kind for action in item.actions.all()] == ["comment", "assigned"]


def test_an_event_is_sent_to_a_queue_by_hand(house: House) -> None:
    made = queue(house, query="outcome=failure")
    event_id = house.happened(organisation=house.acme)
    ann = house.signed_in(reviewer(house, "ann"))
    ann.post(f"/admin/evidence/events/{event_id}/queue/", {"queue": str(made.pk)})
    assert str(made.items.get().event_id) == event_id


def _paths(item: ReviewItem) -> list[tuple[str, dict[str, str]]]:
    return [
        (URL, {"queue": str(item.queue.pk)}),
        (f"{URL}items/{item.pk}/", {"do": "take"}),
        (f"/admin/evidence/events/{item.event_id}/queue/", {"queue": str(item.queue.pk)}),
    ]


def test_strangers_reach_nothing(house: House) -> None:
    item = item_of(house)
    olaf = house.signed_in(house.person("olaf", house.other, "auditor"))
    for path, form in _paths(item):
        assert olaf.post(path, form).status_code == 404
    assert olaf.get(f"{URL}items/{item.pk}/").status_code == 404
    for role in ("developer", "administrator", "billing_viewer"):
        client: Client = house.signed_in(house.person(role, house.acme, role))
        assert [client.post(path, form).status_code for path, form in _paths(item)] == [403, 403, 403]


def test_a_lead_makes_a_queue_that_begins_now(house: House) -> None:
    house.happened("proxy.request.rejected", house.acme, outcome="denied")
    lea = house.signed_in(reviewer(house, "lea", "review_lead"))
    form = {
        "organisation_id": str(house.acme.pk), "name": "New", "query": "outcome=denied", "sample_percent": "100",
        "reviewers_per_item": "2", "reservation_minutes": "15", "rubric": "", "enabled": "on",
    }  # fmt: skip
    assert lea.post("/admin/audit/reviewqueue/add/", {**form, "query": "status=abc"}).status_code == 200
    assert (
        lea.post("/admin/audit/reviewqueue/add/", {**form, "organisation_id": str(house.other.pk)}).status_code == 200
    )
    assert lea.post("/admin/audit/reviewqueue/add/", form).status_code == 302
    made = ReviewQueue.objects.get()
    assert made.fed_up_to == AuditEvent.objects.count() - 1
    assert any("admin.review_queue.created" in line for line in recorded())
