"""The menu shows what its reader may open, no more."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from accounts.models import User
from config import navigation

pytestmark = pytest.mark.django_db


def menu(user: User | AnonymousUser) -> dict[str, list[str]]:
    """Titles by group."""
    request: HttpRequest = RequestFactory().get("/admin/")
    request.user = user
    return {group["title"]: [item["title"] for item in group["items"]] for group in navigation.sidebar(request)}


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/admin/", ["Overview"]),
        ("/admin/llmproxy/modeldeployment/", ["Models"]),
        ("/admin/llmproxy/modeldeployment/circuits/", ["Circuits"]),
        ("/admin/llmproxy/modeldeployment/0193/change/", ["Models"]),
        ("/admin/llmproxy/ledgerentry/statements/", ["Statements"]),
        ("/admin/nowhere/", []),
    ],
)
def test_one_entry_is_marked_the_one_that_the_page_belongs_to(path: str, marked: list[str]) -> None:
    request: HttpRequest = RequestFactory().get(path)
    request.user = User.objects.create_superuser("root")
    items = [item for group in navigation.sidebar(request) for item in group["items"]]
    assert [item["title"] for item in items if item["active"]] == marked


def test_a_superuser_sees_every_page() -> None:
    seen = menu(User.objects.create_superuser("root"))
    assert list(seen) == ["", "Gateway", "Money", "Access", "Evidence", "System"]
    assert seen["Gateway"] == [
        "Providers",
        "Models",
        "Routes",
        "Circuits",
        "Presets",
        "Response caches",
        "Prices",
        "Known models",
    ]
    assert {"Organisations", "People", "Members", "API keys", "Signing keys", "Ended tokens"} <= set(seen["Access"])
    assert {"Evidence overview", "Events", "Review"} <= set(seen["Evidence"])


def test_a_member_of_staff_without_rights_sees_no_configuration() -> None:
    seen = menu(User.objects.create_user("alice", is_staff=True))
    assert "Gateway" not in seen and "Schedules" not in seen["System"]


def test_every_page_of_the_menu_is_registered() -> None:
    named = {entry.title for _, entries in navigation.GROUPS for entry in entries}
    assert named == {title for titles in menu(User.objects.create_superuser("root")).values() for title in titles}


def test_the_palette_never_reads_the_audit_log() -> None:
    assert navigation.SEARCHED and not [name for name in navigation.SEARCHED if name.startswith("audit.")]


@pytest.mark.parametrize(
    ("module", "debug", "url", "badge"),
    [
        ("config.settings", True, "https://gateway.example", ["Debug mode", "danger"]),
        ("tests.settings", False, "https://gateway.example", ["Test settings", "danger"]),
        ("config.settings", False, "http://127.0.0.1:8000", ["This machine only", "info"]),
        ("config.settings", False, "https://gateway.example", None),
    ],
)
def test_the_badge_warns_where_it_must(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, module: str, debug: bool, url: str, badge: list[str] | None
) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", module)
    settings.DEBUG, settings.GATEHOUSE_PUBLIC_URL = debug, url
    assert navigation.environment(RequestFactory().get("/admin/")) == badge
