"""Cases: events of one matter, an owner, notes, a hold, an export, a closing statement; each step on record."""

import pytest
from django.test import Client

from accounts.models import User
from audit.actions.errors import NotNow
from audit.actions.open_case import add_events, escalate_item, open_case
from audit.actions.work_on_case import close_case, export_case, give_case, hold_case, note_case, reopen_case
from audit.models import AuditEvent, CaseItem, ExportJob, LegalHold, ReviewCase
from audit.retention.holds import held_events
from audit.review.filters import BadFilter, filters
from tests.audit.review.conftest import House
from tests.audit.review.test_queues import item_of, recorded, reviewer

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
URL = "/admin/evidence/cases/"
STATEMENT = "A prompt held a password; it was changed the same day."


def event_of(house: House, **columns: object) -> AuditEvent:
    """A failed call of Acme."""
    event_id = house.happened("proxy.request.failed", house.acme, outcome="failure", **columns)
    return AuditEvent.objects.get(pk=event_id)


def case_of(house: House, user: User, *events: AuditEvent) -> ReviewCase:
    case = open_case(user, str(house.acme.pk), "The leaked password")
    add_events(case, user, events)
    return case


def test_a_case_is_opened_worked_on_and_closed_on_record(house: House) -> None:
    ann, lea = reviewer(house, "ann"), reviewer(house, "lea", "review_lead")
    event = event_of(house)
    case = case_of(house, ann, event)
    assert add_events(case, ann, [event]) == 0
    note_case(case, ann, "asked the team")
    assert give_case(case, ann, lea).owner_name == "lea"
    with pytest.raises(NotNow):
        close_case(case, lea, "done")
    closed = close_case(case, lea, STATEMENT)
    assert (closed.state, closed.closed_by_name) == ("closed", "lea")
    for deed in (lambda: note_case(case, ann, "late"), lambda: add_events(case, ann, [event_of(house)])):
        with pytest.raises(NotNow, match="closed"):
            deed()
    assert [note.kind for note in case.notes.all()] == ["opened", "note", "owner", "closed"]
    house.happened(organisation=house.acme)  # takes in what waits
    steps = AuditEvent.objects.filter(target_id=str(case.pk)).order_by("leaf_index")
    assert [step.type.rpartition(".")[2] for step in steps] == ["opened", "event_added", "noted", "assigned", "closed"]
    assert steps.filter(type="review.case.closed", reason=STATEMENT, organisation_id=str(house.acme.pk)).exists()
    assert reopen_case(case, ann, "it came up again").statement == ""


def test_an_event_of_another_organisation_is_no_part_of_it(house: House) -> None:
    ann = reviewer(house, "ann")
    theirs = AuditEvent.objects.get(pk=house.happened(organisation=house.other))
    with pytest.raises(NotNow, match="another organisation"):
        case_of(house, ann, theirs)
    with pytest.raises(NotNow):
        open_case(ann, str(house.other.pk), "Not mine to open")
    assert not CaseItem.objects.exists()


def test_its_events_are_found_held_and_exported(house: House) -> None:
    ann, carl = reviewer(house, "ann"), reviewer(house, "carl", "compliance_officer")
    first, second = event_of(house, request_id="r1"), event_of(house, request_id="r2")
    event_of(house, request_id="r3")
    case = case_of(house, ann, first, second)
    page = house.signed_in(ann).get(f"/admin/evidence/events/?case={case.pk}").content.decode()
    assert page.count("<tr>") == 3
    with pytest.raises(NotNow):
        hold_case(case, ann, "a claim")  # an auditor places no holds
    hold_case(case, carl, "a claim")
    held = held_events("audit")
    assert held is not None and set(held.values_list("pk", flat=True)) == {first.pk, second.pk}
    job = export_case(case, ann, "bundle", "for the claim")
    assert (job.query, job.state) == (f"case={case.pk}", "requested")
    assert ExportJob.objects.count() == LegalHold.objects.count() == 1
    with pytest.raises(BadFilter):
        filters({"case": "x"})


def test_an_empty_case_has_nothing_to_export(house: House) -> None:
    ann = reviewer(house, "ann")
    with pytest.raises(NotNow, match="no events"):
        export_case(case_of(house, ann), ann, "bundle", "for the claim")


def test_a_review_item_is_escalated(house: House) -> None:
    item, ann = item_of(house), reviewer(house, "ann")
    event = AuditEvent.objects.get(pk=item.event_id)
    case = escalate_item(item, ann, event, None, "Refused too often")
    with pytest.raises(NotNow, match="already"):
        escalate_item(item, ann, event, case, "")
    assert [str(one.event_id) for one in case.items.all()] == [str(event.pk)]
    assert [action.kind for action in item.actions.all()] == ["escalated"]
    assert any('"review.item.escalated"' in line for line in recorded())


def test_the_pages_lead_from_an_event_to_the_closed_case(house: House) -> None:
    event, ann = event_of(house), house.signed_in(reviewer(house, "ann"))
    assert "Add to" in ann.get(f"/admin/evidence/events/{event.pk}/").content.decode()
    made = ann.post(f"/admin/evidence/events/{event.pk}/case/", {"case": "", "title": "<b>Bold</b>"})
    case = ReviewCase.objects.get()
    assert made.url == f"{URL}{case.pk}/"
    for form in ({"do": "note", "text": "<script>x</script>"}, {"do": "close", "text": STATEMENT}):
        ann.post(f"{URL}{case.pk}/", form)
    page = ann.get(f"{URL}{case.pk}/").content.decode()
    assert "&lt;script&gt;x&lt;/script&gt;" in page and "<script>x" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page and STATEMENT in page
    assert "&lt;b&gt;Bold" in ann.get(f"{URL}?state=closed").content.decode()
    assert "&lt;b&gt;Bold" in ann.get(f"/admin/evidence/events/{event.pk}/").content.decode()


@pytest.mark.parametrize("title", ["", "ab", "x" * 151])
def test_a_case_without_a_title_is_refused(house: House, title: str) -> None:
    ann = reviewer(house, "ann")
    with pytest.raises(NotNow, match="title"):
        open_case(ann, str(house.acme.pk), title)


def test_strangers_and_other_roles_reach_no_case(house: House) -> None:
    ann = reviewer(house, "ann")
    event = event_of(house)
    case = case_of(house, ann, event)
    olaf = house.signed_in(house.person("olaf", house.other, "auditor"))
    form = {"do": "note", "text": "mine"}
    assert olaf.get(f"{URL}{case.pk}/").status_code == olaf.post(f"{URL}{case.pk}/", form).status_code == 404
    assert olaf.post(f"/admin/evidence/events/{event.pk}/case/", {"case": str(case.pk)}).status_code == 404
    assert "leaked" not in olaf.get(URL).content.decode()
    for role in ("developer", "administrator", "billing_viewer", "owner"):
        client: Client = house.signed_in(house.person(role, house.acme, role))
        assert client.get(URL).status_code == client.post(f"{URL}{case.pk}/", form).status_code == 403, role
    assert house.signed_in(ann).get(f"{URL}?before=x").status_code == 404
    assert house.signed_in(ann).post(f"{URL}{case.pk}/", {"do": "vanish"}).status_code == 404
