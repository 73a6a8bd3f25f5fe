"""The first day: log in, add a provider in the admin alone, call it, find the call in the audit log."""

import os
import re
import time

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ANSWER, Installation, Upstream
from tests.browser.signing_in import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PUBLIC_NAME = "second-house"
UPSTREAM_MODEL = "house-model-1"
IN_FORCE_SECONDS = 3.0
INGESTED_SECONDS = 20.0


def call(installation: Installation, model: str) -> requests.Response:
    """A chat completion with the first run's API key."""
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"Authorization": f"Bearer {installation.api_key}"}
    return requests.post(f"{installation.base_url}/chat/completions", json=body, timeout=10, headers=headers)


def save(page: Page) -> None:
    """Press the form's main button and see that it was accepted."""
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("body")).to_contain_text(re.compile("was added successfully"))


def add_provider(page: Page, home: str, upstream: Upstream) -> None:
    """From the gallery to the row, with its key."""
    page.goto(f"{home}llmproxy/provider/add/")
    page.get_by_role("link", name="Any OpenAI-compatible server").click()
    page.fill("input[name=name]", "Second house")
    page.fill("input[name=base_url]", upstream.base_url)
    page.fill("input[name=secret]", upstream.key)
    page.get_by_role("button", name="Add Any OpenAI-compatible server").click()
    expect(page.locator("body")).to_contain_text("Second house is there")
    expect(page.locator("body")).not_to_contain_text(upstream.key)


def add_model(page: Page, home: str) -> None:
    """The form of a model, with its provider from the search box."""
    page.goto(f"{home}llmproxy/modeldeployment/add/")
    page.fill("input[name=upstream_model]", UPSTREAM_MODEL)
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").fill("Second")
    page.locator(".select2-results__option", has_text="Second house").click()
    save(page)


def add_route(page: Page, home: str) -> None:
    """The form of a public name."""
    page.goto(f"{home}llmproxy/route/add/")
    page.fill("input[name=public_name]", PUBLIC_NAME)
    page.select_option("select[name=places-0-deployment]", label=f"{UPSTREAM_MODEL} at Second house")
    save(page)


def answered_soon(installation: Installation) -> requests.Response:
    """The first good answer, or the last bad one after IN_FORCE_SECONDS."""
    deadline = time.monotonic() + IN_FORCE_SECONDS
    while (response := call(installation, PUBLIC_NAME)).status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    return response


def found_in_the_log(page: Page, home: str, request_id: str) -> None:
    """Search the log for the call; it is there within INGESTED_SECONDS."""
    deadline = time.monotonic() + INGESTED_SECONDS
    events = page.locator("#result_list").get_by_text("proxy.request.completed")
    while time.monotonic() < deadline:
        page.goto(f"{home}audit/auditevent/?q={request_id}")
        if events.count():
            break
        time.sleep(0.5)
    expect(events).to_have_count(1)
    expect(page.locator("#result_list")).to_contain_text(PUBLIC_NAME)


def test_an_administrator_adds_a_provider_and_finds_its_call(
    installation: Installation, upstream: Upstream, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, home = context.new_page(), installation.admin_url
    sign_in(page, installation)
    expect(page.get_by_text("0 of 4 done")).to_be_visible()
    add_provider(page, home, upstream)
    add_model(page, home)
    add_route(page, home)
    response = answered_soon(installation)
    assert response.status_code == 200, response.text
    assert response.json()["choices"][0]["message"]["content"] == ANSWER
    found_in_the_log(page, home, response.headers["x-request-id"])
    page.goto(home)
    expect(page.get_by_text("2 of 4 done")).to_be_visible()
    expect(page.get_by_role("rowheader", name=PUBLIC_NAME)).to_be_visible()
    if folder := os.environ.get("GATEHOUSE_TEST_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/overview.png", full_page=True)
    context.close()
