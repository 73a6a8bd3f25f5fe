"""Timelines, sessions, changes and access: by keyset, scoped to the reader, nothing of another tenant."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions import create_api_key
from accounts.models import ApiKey
from audit.actions.change_policy import decide_policy, propose_policy
from audit.context import Actor, Target
from audit.review import timelines
from tests.audit.content.conftest import taken_in
from tests.audit.review.conftest import House
from tests.audit.review.test_content import places, readings, said

__all__ = ["places"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
BOB = Actor("user", "usr:0198c5e0-0000-7000-8000-000000000001", "Bob")


def timeline(subject: str) -> str:
    return f"/admin/evidence/timeline/{subject}/"


def test_a_timeline_shows_what_somebody_did_and_what_was_done_to_him(house: House) -> None:
    house.happened(organisation=house.acme, actor=BOB, model_requested="gpt-5")
    bare = BOB.id.partition(":")[2]
    house.happened("admin.membership.updated", house.acme, target=Target("user", bare, "Bob"))
    taken_in()
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    shown = ann.get(timeline(BOB.id)).content.decode()
    assert "gpt-5" in shown
    assert "admin.membership.updated" in shown
    assert "was done to" in shown
    eve = house.signed_in(house.person("eve", house.other, "auditor"))
    assert eve.get(timeline(BOB.id)).status_code == 404
    assert ann.get(timeline("usr:nobody")).status_code == 404


def test_a_timeline_is_paged_by_key(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "SHOWN", 2)
    ids = [house.happened(organisation=house.acme, actor=BOB) for _ in range(3)]
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    first = ann.get(timeline(BOB.id)).content.decode()
    assert ids[2] in first and ids[1] in first and f"?before={ids[1]}" in first
    second = ann.get(timeline(BOB.id), {"before": ids[1]}).content.decode()
    assert ids[0] in second and ids[2] not in second
    assert ann.get(timeline(BOB.id), {"before": "nonsense"}).status_code == 200


def test_a_session_is_read_in_order_with_one_reason_and_a_record_for_each_call(house: House) -> None:
    for n, text in enumerate(("first <b>plan</b>", "second plan")):
        said(house, text, f"req_{n}")
        house.happened(organisation=house.acme, request_id=f"req_{n}", session_id="ses_1", actor=BOB)
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    url = "/admin/evidence/sessions/ses_1/"
    before = ann.get(url).content.decode()
    assert "Of 2 of these calls" in before
    assert "plan" not in before
    shown = ann.post(url, {"reason": "case 17"}).content.decode()
    assert shown.index("first &lt;b&gt;plan") < shown.index("second plan")
    assert [reading.reason for reading in readings()] == ["case 17"] * 2
    assert "plan" not in ann.post(url, {"reason": ""}).content.decode()
    eve = house.signed_in(house.person("eve", house.other, "auditor"))
    assert eve.get(url).status_code == 404
    assert eve.post(url, {"reason": "curious"}).status_code == 404
    owen = house.signed_in(house.person("owen", house.acme, "owner"))
    assert "plan" not in owen.post(url, {"reason": "I own it"}).content.decode()


def test_changes_show_who_wanted_and_who_approved_and_no_calls(house: House) -> None:
    house.happened(organisation=house.acme, actor=BOB, model_requested="gpt-5")
    house.happened(
        "admin.team.updated", house.acme, actor=BOB, target=Target("team", "t1", "Research"),
        attrs={"fields": ["name"], "changes": {"name": ["Old", "Research"]}},
    )  # fmt: skip
    owen, cleo = house.person("owen", house.acme, "owner"), house.person("cleo", house.acme, "compliance_officer")
    content = {"rules": [], "fail_modes": {}, "largest_kib": 64}
    row = propose_policy(owen, str(house.acme.pk), content, None, "inspection of the model")
    decide_policy(row.pk, cleo, approve=True, note="")
    taken_in()
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    shown = ann.get("/admin/evidence/changes/").content.decode()
    assert "admin.team.updated" in shown
    assert "Old" in shown
    assert "audit.policy.changed" in shown
    assert "gpt-5" not in shown
    narrowed = ann.get("/admin/evidence/changes/", {"actor": BOB.id}).content.decode()
    assert "admin.team.updated" in narrowed
    assert "audit.policy.changed" not in narrowed
    eve = house.signed_in(house.person("eve", house.other, "auditor"))
    assert "admin.team.updated" not in eve.get("/admin/evidence/changes/").content.decode()
    assert "Choose one of" in ann.get("/admin/evidence/changes/", {"range": "aeon"}).content.decode()


def test_access_lists_roles_and_keys_that_nobody_uses(house: House, settings: Any) -> None:
    ann = house.person("ann", house.acme, "auditor")
    house.person("dora", house.acme, "developer")
    house.person("zoe", house.other, "developer")
    create_api_key.execute(house.acme, "fresh app", created_by=ann)
    idle = create_api_key.execute(house.acme, "idle app")
    theirs = create_api_key.execute(house.other, "their app")
    long_ago = timezone.now() - timedelta(days=100)
    ApiKey.objects.filter(pk__in=[idle.key.pk, theirs.key.pk]).update(created_at=long_ago)
    shown = house.signed_in(ann).get("/admin/evidence/access/").content.decode()
    assert "dora" in shown
    assert "idle app" in shown
    assert "fresh app" not in shown
    assert "zoe" not in shown
    assert "their app" not in shown
    developer = house.signed_in(house.person("dan", house.acme, "developer"))
    assert developer.get("/admin/evidence/access/").status_code == 403
