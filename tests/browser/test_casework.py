"""From an alert to a closed case, in a real browser: nothing that people wrote is more than text."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from audit.actions.raise_alerts import raise_alerts
from audit.models import AlertRule, ReviewCase
from tests.audit.review.conftest import House, house

__all__ = ["house"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, databases=["default", "audit"]),
]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True, scope="module")
def database_beside_the_browser() -> Iterator[None]:
    """The browser's driver runs a loop in this thread, and Django would refuse its database there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def page(browser: Browser, live_server: Any, house: House) -> Iterator[Page]:
    """The browser of an auditor; a script that ran would show a dialog."""
    [cookie] = house.signed_in(house.person("ann", house.acme, "auditor")).cookies.values()
    context = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    opened, dialogs = context.new_page(), list[str]()

    def noted(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    opened.on("dialog", noted)
    yield opened
    assert not dialogs
    context.close()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_from_the_alert_to_the_closed_case(page: Page, house: House) -> None:
    rule = AlertRule(organisation_id=str(house.acme.pk), name=HOSTILE, query="outcome=denied", at_least=2)
    rule.save()
    for _ in range(2):
        house.happened("proxy.request.rejected", house.acme, outcome="denied")
    assert raise_alerts() == 1

    page.goto("/admin/evidence/overview/")
    page.get_by_label("How it stands").locator("a[href$='/alerts/']").click()
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    assert fits(page)
    page.get_by_role("button", name="I look at it").click()
    expect(page.locator("body")).to_contain_text("Somebody looks at it: ann")
    page.get_by_role("button", name="Open a case").click()
    expect(page.get_by_role("heading", name=f"Alert: {HOSTILE}")).to_be_visible()
    expect(page.get_by_role("region", name="Events").locator("tbody tr")).to_have_count(2)
    assert fits(page)

    page.get_by_label("Note", exact=True).fill(HOSTILE * 20)
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".gh-said")).to_have_text(HOSTILE * 20)
    page.get_by_label("Closing statement").fill("A script of ours ran wild; it was mended.")
    page.get_by_role("button", name="Close the case").click()
    expect(page.locator("body")).to_contain_text("the statement is on record")
    assert fits(page)
    assert ReviewCase.objects.get().state == "closed"
