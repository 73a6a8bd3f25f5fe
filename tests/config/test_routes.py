"""Every route of both planes, walked from the URL configuration, for each role: default deny (SECURITY 0.12).

A new route appears here by itself. It answers a stranger with a refusal or the way to the
login, or it stands on the public list.
"""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from accounts.models import User
from tests.asgi_client import AsgiClient
from tests.gateway_world import World

PUBLIC = {
    "livez", "readyz", ".well-known/jwks.json", "oauth/token", ".well-known/oauth-authorization-server",
    ".well-known/oauth-protected-resource", "api/token/", "api/token/refresh/", "api/token/verify/",
    "api/token/revoke/", "admin/login/", "admin/logout/", "admin/jsi18n/", "admin/password/", "", "admin",
    "favicon.ico",
}  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE")
DENIED = {401, 403, 404, 405}
SAMPLES = {"uuid": str(uuid.UUID(int=1)), "int": "1", "str": "x", "path": "x", "slug": "x"}


def routes(urlconf: str) -> Iterator[str]:
    """Every path of a URL configuration, with something plausible for each parameter."""
    yield from _walk(get_resolver(urlconf).url_patterns, "")


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for entry in patterns:
        path = prefix + _sample(entry)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, path)
        else:
            yield path


def _sample(entry: URLPattern | URLResolver) -> str:
    pattern = entry.pattern
    if not isinstance(pattern, RoutePattern):
        return _plainest(str(pattern))
    text = str(pattern)
    for name, converter in pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        text = text.replace(f"<{kind}:{name}>", SAMPLES.get(kind, "x")).replace(f"<{name}>", "x")
    return text


def _plainest(expression: str) -> str:
    """A path that the expression of one of our routes matches."""
    action = re.search(r":(\w+)\\Z$", expression)
    if action:
        return f"v1beta/models/x:{action[1]}"
    prefixes = re.match(r"\^\(\?:([\w|]+)\)", expression)
    return f"{prefixes[1].split('|')[0]}/nothing" if prefixes else "x"


CONTROL = sorted(set(routes("config.urls")))
GATEWAY = sorted(set(routes("llmproxy.urls")))


def opened(client: Client) -> list[tuple[str, int]]:
    """The control-plane routes that answer with anything but a refusal or the way to the login."""
    found = []
    for path in sorted(set(CONTROL) - PUBLIC):
        answer = client.get(f"/{path}", REMOTE_ADDR="203.0.113.9")
        to_login = answer.status_code in (301, 302) and "login" in answer["Location"]
        if answer.status_code not in DENIED and not to_login:
            found.append((path, answer.status_code))
    return found


def test_a_stranger_opens_nothing_of_the_control_plane(world: World) -> None:
    assert opened(Client()) == []


def test_a_person_without_any_role_opens_the_description_of_the_api_and_no_more(world: World) -> None:
    client = Client()
    client.force_login(User.objects.create_user("nobody"), "django.contrib.auth.backends.ModelBackend")
    assert [path for path, _ in opened(client)] == [
        *(f"admin/my/{page}" for page in ("", "keys/", "second-factor/", "second-factor/app/", "sessions/", "usage/")),
        "admin/roles/",
        "api/schema/",
        *(f"api/v1/my/{name}" for name in ("api-keys", "sessions", "usage")),
        "api/v1/people/me",
    ]


@pytest.mark.parametrize("method", [*METHODS, "BREW"])
async def test_a_stranger_gets_401_from_every_gateway_path(gateway: AsgiClient, method: str) -> None:
    for path in GATEWAY:
        answer = await gateway.call(method, f"/{path}", body=b"{}")
        assert answer.status == 401, path
        error = answer.json()["error"]
        assert error.get("status", error.get("code")) in ("not_authenticated", "UNAUTHENTICATED"), path
        assert answer.headers["www-authenticate"].startswith("Bearer"), path


async def test_a_method_that_a_path_does_not_have_is_refused(gateway: AsgiClient, world: World) -> None:
    for path in GATEWAY:
        answer = await gateway.bearing(world.key).call("BREW", f"/{path}")
        assert answer.status in (404, 405), path
        assert answer.headers["content-type"] == "application/json", path


@pytest.mark.parametrize(
    "path", ["//v1/models", "/v1/../admin/", "/V1/models", "/v1/models/", "/v1/models;x", "/v1%2fmodels", "/v1", "/v1/"]
)
async def test_a_path_that_only_looks_like_another_is_never_answered(
    gateway: AsgiClient, path: str, world: World
) -> None:
    answer = await gateway.call("GET", path)
    assert answer.status in (301, 302, 400, 401, 404)
    assert b"<html" not in answer.body.lower()
