"""Misconfiguration is found by `manage.py check`."""

from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from config import checks


def ids(messages: list[CheckMessage]) -> list[str | None]:
    """Their ids."""
    return [message.id for message in messages]


def test_debug_towards_other_machines_is_an_error(settings: Settings) -> None:
    settings.DEBUG, settings.GATEHOUSE_HOST = True, "0.0.0.0"
    assert ids(checks.debug_is_for_loopback(None)) == ["gatehouse.E001"]


def test_debug_on_this_machine_is_not(settings: Settings) -> None:
    settings.DEBUG, settings.GATEHOUSE_HOST = True, "127.0.0.1"
    assert checks.debug_is_for_loopback(None) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [("http://gateway.example", ["gatehouse.W001"]), ("https://gateway.example", []), ("http://127.0.0.1:8000", [])],
)
def test_http_in_the_open_is_a_warning(settings: Settings, url: str, expected: list[str]) -> None:
    settings.GATEHOUSE_PUBLIC_URL = url
    assert ids(checks.public_url_is_https(None)) == expected


def test_the_blacklist_app_is_an_error(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    # Not through the fixture, which would really install it.
    monkeypatch.setattr(checks, "BLACKLIST", settings.INSTALLED_APPS[0])
    assert ids(checks.no_blacklist_app(None)) == ["gatehouse.E002"]


def test_our_urls_do_not_mount_it() -> None:
    assert checks.no_blacklist_app(None) == []


def test_no_envelope_key_is_an_error(settings: Settings) -> None:
    settings.GATEHOUSE_KEKS = {}
    assert ids(checks.envelope_keys_are_present(None)) == ["gatehouse.E003"]


def test_platform_as_a_package_is_an_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "platform").mkdir()
    settings.BASE_DIR = tmp_path
    assert checks.platform_is_no_package(None) == []
    (tmp_path / "platform" / "__init__.py").touch()
    assert ids(checks.platform_is_no_package(None)) == ["gatehouse.E004"]


def test_platform_is_no_package_here(settings: Settings) -> None:
    assert not (Path(settings.BASE_DIR) / "platform" / "__init__.py").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"DEFAULT_AUTHENTICATION_CLASSES": []},
        {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"]},
        {"DEFAULT_PERMISSION_CLASSES": []},
        {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]},
    ],
)
def test_an_open_api_is_an_error(settings: Settings, change: dict[str, list[str]]) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, **change}
    assert ids(checks.api_is_closed_by_default(None)) == ["gatehouse.E005"]


def test_a_short_metrics_token_is_an_error(settings: Settings) -> None:
    settings.GATEHOUSE_METRICS_TOKEN = "short"
    assert ids(checks.metrics_token_is_long(None)) == ["gatehouse.E006"]
