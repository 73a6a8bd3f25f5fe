"""Two providers, one failing: clients see no error, and the admin shows why each call went where it went."""

import subprocess
import sys
import time

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, Installation, environment
from tests.browser.signing_in import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.processes]

ROWS = """
from llmproxy.models import ModelDeployment, Provider, Route, RouteDeployment
route = Route.objects.create(public_name="routed")
for priority, (slug, model) in enumerate((("failing", "simulator-chat+error=500"), ("steady", "simulator-chat"))):
    provider = Provider.objects.create(name=slug, slug=slug, base_url="simulator://local/v1", auth_scheme="none")
    deployment = ModelDeployment.objects.create(provider=provider, upstream_model=model)
    RouteDeployment.objects.create(route=route, deployment=deployment, priority=priority)
"""
IN_FORCE_SECONDS = 3.0
INGESTED_SECONDS = 30.0


def add_rows(installation: Installation) -> None:
    """As an administrator would, without the clicks."""
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "-c", ROWS]
    subprocess.run(command, cwd=ROOT, env=environment(GATEHOUSE_DATA=str(installation.log.parent)), check=True)


def call(installation: Installation) -> requests.Response:
    """A chat completion on the route."""
    body = {"model": "routed", "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"Authorization": f"Bearer {installation.api_key}"}
    return requests.post(f"{installation.base_url}/chat/completions", json=body, timeout=10, headers=headers)


def called(installation: Installation) -> list[str]:
    """Seven calls once the route is in force, none of which fails; their request ids."""
    deadline = time.monotonic() + IN_FORCE_SECONDS
    while (answer := call(installation)).status_code == 404 and time.monotonic() < deadline:
        time.sleep(0.1)
    answers = [answer, *(call(installation) for _ in range(6))]
    assert [answer.status_code for answer in answers] == [200] * 7
    assert answers[0].headers["x-gatehouse-deployment"] == "steady/simulator-chat"
    assert [answer.headers["x-gatehouse-attempts"] for answer in answers] == ["2"] * 5 + ["1"] * 2
    return [answer.headers["x-request-id"] for answer in answers]


def until_shown(page: Page, address: str, text: str) -> None:
    """Records are taken in within seconds."""
    deadline = time.monotonic() + INGESTED_SECONDS
    page.goto(address)
    while text not in page.content() and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("body")).to_contain_text(text)


def test_the_admin_shows_why_each_call_went_where_it_went(installation: Installation, browser: Browser) -> None:
    add_rows(installation)
    first, *_, last = called(installation)
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    sign_in(page, installation)
    admin = installation.admin_url

    page.goto(f"{admin}llmproxy/route/")
    page.get_by_role("row", name="routed").get_by_role("link", name="Why this route").click()
    explain = page.url
    failed = "it was unreachable, too slow or failing (status 500)"
    until_shown(page, f"{explain}?request_id={first}", failed)
    body = page.locator("body")
    expect(body).to_contain_text("the one before failed")

    page.get_by_role("link", name=first).click()
    expect(page.get_by_role("heading", name="Why this route")).to_be_visible()
    expect(page.locator("body")).to_contain_text("it was unreachable, too slow or failing (status 500)")

    until_shown(page, f"{explain}?request_id={last}", last)
    expect(page.locator("body")).to_contain_text("its circuit is open: status 500")
    page.goto(f"{explain}?prompt_tokens=5")
    expect(page.locator("body")).to_contain_text("Tried in this order")

    page.goto(f"{admin}llmproxy/modeldeployment/circuits/")
    page.get_by_role("button", name="Close the circuit").click()
    expect(page.locator("body")).to_contain_text("1 circuit(s) of simulator-chat+error=500 at failing closed")

    page.goto(f"{admin}llmproxy/route/")
    page.get_by_role("link", name="routed", exact=True).click()
    page.select_option("select[name=strategy]", "weighted")
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator("body")).to_contain_text("Nothing is changed yet")
    page.get_by_role("button", name="Publish the change").click()
    expect(page.locator("body")).to_contain_text("was changed successfully")
    page.close()
