"""An event's proof is checked by the browser itself, and a forged record is found by it."""

import time

import pytest
import requests
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Installation
from tests.browser.signing_in import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def call(installation: Installation) -> None:
    answer = requests.post(
        f"{installation.base_url}/chat/completions",
        json={"model": installation.model, "messages": [{"role": "user", "content": "Hello"}]},
        headers={"Authorization": f"Bearer {installation.api_key}"},
        timeout=10,
    )
    assert answer.status_code == requests.codes.ok


def open_newest_call(page: Page, home: str) -> None:
    deadline = time.monotonic() + 30
    link = page.locator("a[href*='/admin/evidence/events/0']").first
    while time.monotonic() < deadline:
        page.goto(f"{home}/admin/evidence/events/?type=proxy.request.completed")
        if link.count():
            page.goto(f"{home}{link.get_attribute('href')}")
            if page.locator("[data-key]").input_value():  # a key there is from the log's first checkpoint on
                return
        page.wait_for_timeout(500)
    raise AssertionError("the call did not reach the log, or no checkpoint was signed")


def test_the_browser_proves_a_record_and_finds_a_forged_one(installation: Installation, browser: Browser) -> None:
    call(installation)
    page = browser.new_context().new_page()
    sign_in(page, installation)
    home = installation.admin_url.split("/admin")[0]
    open_newest_call(page, home)
    verdict = page.locator("[data-verdict]")
    page.get_by_role("button", name="Check in this browser").click()
    expect(verdict).to_contain_text("This record is in the log, unchanged")
    expect(page.locator("[data-steps]")).to_contain_text("is signed by")

    page.locator("[data-key]").fill("")
    page.get_by_role("button", name="Check in this browser").click()
    expect(verdict).to_contain_text("Could not be checked: there is no key yet")

    page.locator("[data-key]").fill("example.com/audit/1+00000000+AX" + "A" * 42)
    page.get_by_role("button", name="Check in this browser").click()
    expect(verdict).to_contain_text("Wrong: the key was mistyped")
    page.reload()

    def forge(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body().replace(b'"completed', b'"c0mpleted').replace(b"200", b"201"))

    page.route("**/record/", forge)
    page.get_by_role("button", name="Check in this browser").click()
    expect(verdict).to_contain_text("Wrong:")


def test_verify_now_shows_how_far_it_is_and_what_came_out(installation: Installation, browser: Browser) -> None:
    page = browser.new_context().new_page()
    sign_in(page, installation)
    page.goto(f"{installation.admin_url.split('/admin')[0]}/admin/evidence/integrity/")
    page.get_by_role("button", name="Verify now").click()
    expect(page.locator("body")).to_contain_text("Everything holds.", timeout=30_000)
    expect(page.locator("body")).to_contain_text("In use".lower())
