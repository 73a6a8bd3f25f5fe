"""`/.well-known/oauth-…`: from settings alone, at constant cost."""

import hashlib
from collections.abc import Mapping

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.oauth import discovery
from accounts.oauth.grants import GRANTS

CACHE_CONTROL = "public, max-age=300"


@require_safe
def authorization_server(request: HttpRequest, suffix: str = "") -> HttpResponse:
    """RFC 8414; with the issuer's own path behind it, where it has one."""
    if suffix not in ("", discovery.issuer_path()):
        raise Http404
    return _told(discovery.authorization_server(list(GRANTS)))


@require_safe
def protected_resource(request: HttpRequest, suffix: str = "") -> HttpResponse:
    """RFC 9728, for the gateway (`v1`) and the management API (`api`)."""
    told = discovery.protected_resource(suffix)
    if told is None:
        raise Http404
    return _told(told)


def _told(members: Mapping[str, object]) -> HttpResponse:
    body = orjson.dumps(members)
    answer = HttpResponse(body, content_type="application/json")
    answer["Cache-Control"] = CACHE_CONTROL
    answer["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return answer
