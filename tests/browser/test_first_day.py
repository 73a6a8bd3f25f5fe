"""The first day: log in, add a provider in the admin alone, call it, find the call in the audit log."""

import re

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Installation

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PUBLIC_NAME = "second-house"
IN_FORCE_SECONDS = 3.0
INGESTED_SECONDS = 20.0


def call(installation: Installation, model: str) -> requests.Response:
    """A chat completion with the first run's API key."""
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    return requests.post(
        f"{installation.base_url}/chat/completions", json=body, timeout=10,
        headers={"Authorization": f"Bearer {installation.api_key}"},
    )  # fmt: skip


def save(page: Page) -> None:
    """Press the form's main button and see that it was accepted."""
    page.click("button[name=_save], input[name=_save]")
    expect(page.locator("body")).to_contain_text(re.compile("was added successfully|was changed successfully"))
