"""What was said is text in a real browser, whatever it holds, and only after a reason."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from playwright.sync_api import Browser, Dialog, Page, expect
from uuid_utils.compat import uuid7

from tests.audit.content.conftest import taken_in
from tests.audit.review.conftest import House, house

__all__ = ["house"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, databases=["default", "audit"]),
]
HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script></pre></textarea><svg onload=alert(3)>"
    '" onmouseover="alert(4) javascript:alert(5) {{7*7}} \u202egpj.exe'
)


@pytest.fixture(autouse=True, scope="module")
def database_beside_the_browser() -> Iterator[None]:
    """The browser's driver runs a loop in this thread, and Django would refuse its database there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(autouse=True)
def places(settings: Any, tmp_path: Any) -> None:
    settings.AUDIT_BLOBS = tmp_path / "blobs"
    settings.AUDIT_SHREDDED_FILE = tmp_path / "shredded"
    settings.AUDIT_CONTENT_SPOOL = tmp_path / "content-spool"


@pytest.fixture
def call(house: House) -> str:
    """A call whose words are hostile; its event's id."""
    for kind, body in {
        "request": {"messages": [{"role": HOSTILE, "content": HOSTILE}]},
        "answer": {"choices": [{"message": {"role": "assistant", "content": HOSTILE}}]},
    }.items():
        raw = json.dumps(body).encode()
        about = {
            "columns": {
                "request_id": "req_1", "organisation_id": str(house.acme.pk), "model_requested": HOSTILE,
                "actor": {"type": "user", "id": "usr:1", "name": HOSTILE},
            },
            "kind": kind, "subject": "usr:1", "media_type": "application/json", "size": len(raw), "cut": False,
        }  # fmt: skip
        apps.get_app_config("audit").contents.keep(uuid7(), about, raw)
    taken_in()
    return house.happened(organisation=house.acme, request_id="req_1", session_id="ses_1")


@pytest.fixture
def page(browser: Browser, live_server: Any, house: House) -> Iterator[Page]:
    """The browser of a compliance officer."""
    client: Client = house.signed_in(house.person("cleo", house.acme, "compliance_officer"))
    [cookie] = client.cookies.values()
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_hostile_words_stay_words(page: Page, call: str) -> None:
    alarms: list[str] = []

    def note(dialog: Dialog) -> None:
        alarms.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.goto(f"/admin/evidence/events/{call}/")
    expect(page.locator("body")).to_contain_text("hidden until you say why")
    expect(page.locator(".gh-words")).to_have_count(0)
    page.get_by_label("Reason").fill("case 17")
    page.get_by_role("button", name="Show it").click()
    words = page.locator(".gh-words")
    expect(words).to_have_count(2)
    assert words.nth(0).text_content() == HOSTILE
    assert words.nth(1).text_content() == HOSTILE
    words.nth(0).hover()
    taken_in()
    page.goto("/admin/evidence/readings/")
    expect(page.locator("tbody")).to_contain_text("case 17")
    page.wait_for_timeout(200)
    assert alarms == []
    assert page.locator("#content img, #content svg[onload], #content [onmouseover]").count() == 0
