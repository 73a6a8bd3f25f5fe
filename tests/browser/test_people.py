"""A person's own pages in a real browser: keys, sessions, password, factors, and what keyboards and eyes need."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.accessibility import findings
from tests.browser.conftest import ROOT, Installation, environment, stop, wait_for
from tests.browser.test_every_page import Troubles, overflow
from tests.free_port import free_port

pytestmark = [pytest.mark.browser, pytest.mark.processes]
OWN = ("my/", "my/keys/", "my/sessions/", "my/usage/", "my/password/", "my/second-factor/", "roles/")
SIZES = {"wide": (1400, 900), "narrow": (390, 844)}
NEW_PASSWORD = "four words nothing in common"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation called `localhost`, where browsers offer security keys."""
    data, port = tmp_path_factory.mktemp("gatehouse"), free_port()
    log, url = data / "up.log", f"http://localhost:{port}"
    settings = environment(GATEHOUSE_DATA=str(data), GATEHOUSE_PORT=str(port), GATEHOUSE_PUBLIC_URL=url)
    with log.open("wb") as output:
        command = [sys.executable, str(ROOT / "manage.py"), "up"]
        process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=output, stderr=output)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", process, log)
        first = json.loads(Path(data / "first-run.json").read_text())
        names = ("admin_username", "admin_password", "api_key", "model")
        yield Installation(url, f"{url}/admin/", *(first[name] for name in names), log)
    finally:
        stop(process)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    yield context.new_page()
    context.close()


def come_in(page: Page, house: Installation, password: str | None = None) -> None:
    """Name and password."""
    page.goto(f"{house.admin_url}my/")
    page.fill("input[name=username]", house.username)
    page.fill("input[name=password]", password or house.password)
    page.get_by_role("button", name="Log in").click()


def go_out(page: Page, house: Installation) -> None:
    """As the menu's button does."""
    page.goto(f"{house.admin_url}my/")
    with page.expect_navigation():
        page.evaluate("document.getElementById('logout-form').submit()")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_own_pages_are_whole_labelled_and_legible(house: Installation, browser: Browser, scheme: str) -> None:
    troubles = Troubles([])
    admin = urlsplit(house.admin_url)
    for width, height in SIZES.values():
        made: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]  # of two values
        )
        page = made.new_page()
        troubles.watch(page, f"{admin.scheme}://{admin.netloc}/")
        for path in ("login/", "password/"):
            page.goto(f"{house.admin_url}{path}")
            troubles.found.extend(findings(page))
        come_in(page, house)
        for path in OWN:
            page.goto(f"{house.admin_url}{path}", wait_until="load")
            troubles.found.extend(findings(page))
            if too_wide := overflow(page):
                troubles.found.append(f"{path}: {too_wide} pixels too wide at {width}")
        made.close()
    assert troubles.found == []


def test_a_key_is_made_by_keyboard_shown_once_and_revoked(house: Installation, page: Page) -> None:
    come_in(page, house)
    page.goto(f"{house.admin_url}my/keys/")
    page.get_by_label("What uses it").focus()
    page.keyboard.type("My editor")
    for _ in range(12):
        if page.evaluate("document.activeElement.textContent").strip() == "Make the key":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("pre")).to_have_text(re.compile("^gth_live_"))
    page.get_by_role("link", name="I have copied it").click()
    row = page.get_by_role("row", name=re.compile("My editor"))
    expect(row).to_contain_text("active")
    expect(page.locator("body")).not_to_contain_text(re.compile(r"gth_live_\w{8}_\w{20}"))
    row.get_by_role("button", name="Revoke My editor").click()
    expect(page.get_by_role("row", name=re.compile("My editor"))).to_contain_text("revoked")


def test_another_browser_is_seen_and_ended(house: Installation, page: Page, browser: Browser) -> None:
    come_in(page, house)
    other = browser.new_context()
    there = other.new_page()
    come_in(there, house)
    there.goto(f"{house.admin_url}my/usage/")
    page.goto(f"{house.admin_url}my/sessions/")
    expect(page.get_by_role("row", name=re.compile("Chrome on Linux.*this browser"))).to_have_count(1)
    page.get_by_role("button", name="End all others").click()
    expect(page.locator("body")).to_contain_text("Everything else is signed out")
    there.reload()
    expect(there.get_by_role("button", name="Log in")).to_be_visible()
    other.close()


def code_of(secret: str, step: int = 0) -> str:
    """What an authenticator app shows now, or some steps later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))


def test_factors_and_password_from_first_to_last(house: Installation, page: Page) -> None:
    come_in(page, house)
    page.goto(f"{house.admin_url}my/second-factor/app/")
    secret = re.sub(r"\s", "", page.locator("#gh-secret").inner_text())
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="Recovery codes").first).to_be_visible()

    page.goto(f"{house.admin_url}my/second-factor/key/")
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True,
               "automaticPresenceSimulation": True}  # fmt: skip
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.locator("[data-passkey]").click()
    expect(page.locator("body")).to_contain_text("Security key: Security key")

    go_out(page, house)
    come_in(page, house)
    expect(page).to_have_url(re.compile("/login/code/$"))
    page.get_by_label("Code").fill(code_of(secret, 1))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="How you sign in")).to_be_visible()

    go_out(page, house)
    come_in(page, house)
    page.get_by_role("button", name="Use a security key instead").click()
    expect(page.get_by_role("heading", name="How you sign in")).to_be_visible()

    page.get_by_role("link", name="Change it").click()
    page.get_by_label("Your password now").fill(house.password)
    for name in ("password1", "password2"):
        page.fill(f"input[name={name}]", NEW_PASSWORD)
    page.get_by_role("button", name="Change it").click()
    expect(page.locator("body")).to_contain_text("Your password is changed")
    go_out(page, house)
    come_in(page, house, NEW_PASSWORD)
    expect(page).to_have_url(re.compile("/login/code/$"))
