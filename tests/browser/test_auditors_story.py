"""What an auditor does, in a real browser: find a failed call of one team, read it with a reason, judge it, have that
countersigned by a second person, take the evidence away, and check it without Gatehouse."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from uuid_utils.compat import uuid7

from audit.actions.build_export import build_export
from audit.actions.sign_checkpoint import key_file
from audit.models import AuditEvent, ExportJob, ReviewItem, ReviewQueue
from audit.tree.command_line import main
from tests.audit.content.conftest import taken_in
from tests.audit.review.conftest import House, house

__all__ = ["house"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, databases=["default", "audit"]),
]
WORDS = "Show me the salaries of the board"


@pytest.fixture(autouse=True, scope="module")
def database_beside_the_browser() -> Iterator[None]:
    """The browser's driver runs a loop in this thread, and Django would refuse its database there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(autouse=True)
def places(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_BLOBS = tmp_path / "blobs"
    settings.AUDIT_SHREDDED_FILE = tmp_path / "shredded"
    settings.AUDIT_CONTENT_SPOOL = tmp_path / "content-spool"
    settings.AUDIT_KEY_FILE, settings.AUDIT_CHECKPOINT_FILE = tmp_path / "key", tmp_path / "checkpoint"
    settings.AUDIT_EXPORTS = tmp_path / "exports"


@pytest.fixture
def call(house: House) -> str:
    """A failed call of the team Research among others; its event's id."""
    organisation, team = str(house.acme.pk), str(house.team.pk)
    raw = json.dumps({"messages": [{"role": "user", "content": WORDS}]}).encode()
    about = {
        "columns": {
            "request_id": "req_1", "organisation_id": organisation, "model_requested": "large",
            "actor": {"type": "user", "id": "usr:1", "name": "Uwe"},
        },
        "kind": "request", "subject": "usr:1", "media_type": "application/json", "size": len(raw), "cut": False,
    }  # fmt: skip
    apps.get_app_config("audit").contents.keep(uuid7(), about, raw)
    taken_in()
    for n in range(3):
        house.happened(organisation=house.acme, request_id=f"fine{n}")
        house.happened("proxy.request.failed", organisation=house.acme, outcome="failure", request_id=f"other{n}")
    return house.happened(
        "proxy.request.failed", organisation=house.acme, outcome="failure", request_id="req_1", team_id=team
    )


@pytest.fixture
def as_person(browser: Browser, live_server: Any, house: House) -> Iterator[Callable[[str, str], Page]]:
    """`as_person("ann", "auditor")`: her browser."""
    contexts = []

    def opened(name: str, role: str) -> Page:
        client: Client = house.signed_in(house.person(name, house.acme, role))
        [cookie] = client.cookies.values()
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1400, "height": 900})
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def judge(page: Page, comment: str) -> None:
    """Take the next item of the queue and judge it."""
    page.goto("/admin/evidence/review/")
    page.get_by_role("button", name="Review next").click()
    page.get_by_label("Violation").check()
    page.get_by_label("Comment (needed").fill(comment)
    page.get_by_role("button", name="Give the verdict", exact=True).click()
    expect(page.locator("body")).to_contain_text("Your verdict is on record")


def test_from_the_failed_call_to_evidence_that_verifies(
    as_person: Callable[[str, str], Page], house: House, call: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ReviewQueue.objects.create(organisation_id=str(house.acme.pk), name="Failures", reviewers_per_item=2)
    ann, lea = as_person("ann", "auditor"), as_person("lea", "review_lead")

    ann.goto("/admin/evidence/events/")
    facets = ann.get_by_label("Narrow down")
    facets.get_by_role("link", name="failure").click()
    facets = ann.get_by_label("Narrow down")
    facets.get_by_text("Team", exact=True).click()
    facets.get_by_role("link", name="Research").click()
    expect(ann.locator("tbody tr")).to_have_count(1)
    ann.locator("tbody tr a").first.click()

    expect(ann.locator("body")).not_to_contain_text(WORDS)
    ann.get_by_label("Reason").fill("complaint 17")
    ann.get_by_role("button", name="Show it").click()
    expect(ann.locator(".gh-words")).to_have_text(WORDS)
    taken_in()
    assert AuditEvent.objects.filter(type="data.content.viewed", reason="complaint 17", actor_name="ann").count() == 1

    ann.goto(f"/admin/evidence/events/{call}/")
    ann.get_by_role("button", name="Send", exact=True).click()
    judge(ann, "Nobody may ask that.")
    ann.goto("/admin/evidence/review/")
    ann.get_by_role("button", name="Review next").click()
    expect(ann.locator("body")).to_contain_text("waits for you")  # never the same person twice
    judge(lea, "I agree.")
    assert ReviewItem.objects.get(event_id=call).state == "decided"

    ann.goto("/admin/evidence/events/?outcome=failure")
    ann.get_by_role("link", name="Export these").click()
    ann.get_by_label("What it is for").fill("complaint 17")
    ann.get_by_role("button", name="Ask for approval").click()
    where = ann.url
    expect(ann.get_by_role("button", name="Approve")).to_have_count(0)
    lea.goto(where)
    lea.get_by_role("button", name="Approve").click()
    build_export(ExportJob.objects.get().pk)
    ann.goto(where)
    with ann.expect_download() as download:
        ann.get_by_role("button", name="Download").click()
    bundle = tmp_path / "taken-away.zip"
    download.value.save_as(bundle)
    assert main(["verify", str(bundle), "--key", str(key_file().keys()[0].verifier)]) == 0
    assert "everything holds" in capsys.readouterr().out
