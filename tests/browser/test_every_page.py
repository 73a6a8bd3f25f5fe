"""Every page of the menu, in light and dark, wide and narrow: nothing broken, nothing cut off, nothing from outside."""

from collections.abc import Iterator
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.browser.conftest import Installation
from tests.browser.signing_in import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.processes]

ColorScheme = Literal["light", "dark"]
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
MENU = "nav#nav-sidebar-inner ol a"


class Troubles(NamedTuple):
    """What a page must not do, gathered while it is looked at."""

    found: list[str]

    def watch(self, page: Page, home: str) -> None:
        """Note console errors (content policy violations are among them), script errors, failures, foreign hosts."""

        def console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.found.append(f"{page.url}: console: {message.text}")

        def request(sent: Request) -> None:
            if urlsplit(sent.url).scheme in ("http", "https") and not sent.url.startswith(home):
                self.found.append(f"{page.url}: asks {sent.url}")

        def response(answer: Response) -> None:
            if answer.status >= 400:
                self.found.append(f"{page.url}: {answer.status} for {answer.url}")

        page.on("console", console)
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))
        page.on("request", request)
        page.on("response", response)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> ColorScheme:
    """The person's preference."""
    chosen: ColorScheme = request.param
    return chosen


@pytest.fixture(params=sorted(SIZES))
def context(request: pytest.FixtureRequest, browser: Browser, scheme: ColorScheme) -> Iterator[BrowserContext]:
    """A window of its own."""
    width, height = SIZES[request.param]
    made = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    yield made
    made.close()


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


def look_at(page: Page, link: str, troubles: Troubles) -> None:
    """Open a page and see that nothing is cut off."""
    page.goto(link, wait_until="load")
    if too_wide := overflow(page):
        troubles.found.append(f"{link}: {too_wide} pixels too wide")


def links(page: Page, selector: str) -> list[str]:
    """Where the matching links lead."""
    return [str(link) for link in page.eval_on_selector_all(selector, "items => items.map(item => item.href)")]


def test_every_page_of_the_menu_is_whole(installation: Installation, context: BrowserContext) -> None:
    page, troubles = context.new_page(), Troubles([])
    admin = urlsplit(installation.admin_url)
    troubles.watch(page, f"{admin.scheme}://{admin.netloc}/")
    sign_in(page, installation)
    menu = links(page, MENU)
    assert len(menu) >= 12
    forms: list[str] = []
    for link in menu:
        look_at(page, link, troubles)
        forms += links(page, "a[href$='/add/']") + links(page, "#result_list a[href$='/change/']")[:1]
    assert len(set(forms)) >= 12
    for link in sorted(set(forms)):
        look_at(page, link, troubles)
    assert troubles.found == []
