"""What each browser test does first."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation


def sign_in(page: Page, installation: Installation) -> None:
    """From the log-in page to the overview, with the credentials of the first run."""
    page.goto(installation.admin_url)
    page.fill("input[name=username]", installation.username)
    page.fill("input[name=password]", installation.password)
    page.click("form button[type=submit]")
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()
