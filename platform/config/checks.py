"""Misconfiguration is found by `manage.py check`, not at request time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.urls import URLPattern, URLResolver, get_resolver

BLACKLIST = "rest_framework_simplejwt.token_blacklist"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "testserver"})
REFUSED_AUTHENTICATION = ("TokenAuthentication", "BasicAuthentication", "JWTTokenUserAuthentication")
SHORTEST_METRICS_TOKEN = 16


@register(Tags.security)
def debug_is_for_loopback(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E001: DEBUG shows settings and source to whoever meets an error."""
    if settings.DEBUG and settings.GATEHOUSE_HOST not in LOOPBACK:
        return [Error("GATEHOUSE_DEBUG is on while other machines can connect", hint="Unset it.", id="gatehouse.E001")]
    return []


@register(Tags.security)
def public_url_is_https(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """W001: tokens and cookies in clear on the network."""
    parts = urlsplit(settings.GATEHOUSE_PUBLIC_URL)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        message = f"GATEHOUSE_PUBLIC_URL ({settings.GATEHOUSE_PUBLIC_URL}) is http: credentials travel unencrypted"
        return [Warning(message, hint="Put TLS in front and set https:// (docs/operations.md).", id="gatehouse.W001")]
    return []


@register(Tags.security)
def breached_passwords_are_there(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E007: without the file no password could be chosen any more."""
    path = settings.GATEHOUSE_BREACHED_PASSWORDS
    if path is None or path.is_file():
        return []
    return [Error(f"GATEHOUSE_BREACHED_PASSWORDS ({path}) is no file", id="gatehouse.E007")]


@register(Tags.security)
def no_blacklist_app(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E002: SimpleJWT's blacklist app keeps usable refresh tokens in clear (DESIGN 1.3)."""
    found = BLACKLIST in settings.INSTALLED_APPS
    views = _view_names(get_resolver())
    if found or any("token_blacklist" in name or name.endswith("TokenBlacklistView") for name in views):
        hint = "Refresh families of our own replace it: accounts.models."
        return [Error("SimpleJWT's token_blacklist must not be used", hint=hint, id="gatehouse.E002")]
    return []


def _view_names(resolver: URLResolver) -> list[str]:
    names: list[str] = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            names += _view_names(pattern)
        elif isinstance(pattern, URLPattern):
            names.append(pattern.lookup_str)
    return names


@register(Tags.security)
def envelope_keys_are_present(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E003: without them no provider credential and no signing key can be read or written."""
    if not settings.GATEHOUSE_KEKS:
        return [Error("There is no envelope key", hint="Set GATEHOUSE_KEKS.", id="gatehouse.E003")]
    return []


@register()
def platform_is_no_package(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E004: a package of that name shadows the standard library's `platform` (DESIGN 2)."""
    unwanted = Path(settings.BASE_DIR) / "platform" / "__init__.py"
    if unwanted.exists():
        return [Error("platform/__init__.py must not exist", hint=f"Delete {unwanted}.", id="gatehouse.E004")]
    return []


@register(Tags.security)
def api_is_closed_by_default(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E005: every API view asks who calls unless it says otherwise, and asks our verifier."""
    framework: dict[str, Any] = settings.REST_FRAMEWORK
    classes = [str(name) for name in framework.get("DEFAULT_AUTHENTICATION_CLASSES", ())]
    permissions = [str(name) for name in framework.get("DEFAULT_PERMISSION_CLASSES", ())]
    foreign = [name for name in classes if not name.startswith("accounts.") or name.endswith(REFUSED_AUTHENTICATION)]
    if not classes or foreign or not permissions or any(name.endswith("AllowAny") for name in permissions):
        hint = "Authentication: accounts.authentication only. Permissions: never AllowAny."
        return [Error("The API is not closed by default", hint=hint, id="gatehouse.E005")]
    return []


@register(Tags.security)
def metrics_token_is_long(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """E006: a short token can be guessed."""
    token = str(getattr(settings, "GATEHOUSE_METRICS_TOKEN", ""))
    if token and len(token) < SHORTEST_METRICS_TOKEN:
        message = f"GATEHOUSE_METRICS_TOKEN is shorter than {SHORTEST_METRICS_TOKEN} characters"
        return [Error(message, hint="Use 32 random characters.", id="gatehouse.E006")]
    return []
