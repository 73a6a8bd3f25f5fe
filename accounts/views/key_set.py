"""`/.well-known/jwks.json`: the public keys, from memory, at constant cost."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from accounts.apps import AccountsConfig
from accounts.models.signing_key import JWKS_MAX_AGE

CACHE_CONTROL = f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}"


@require_safe
def key_set(request: HttpRequest) -> HttpResponse:
    """Pending, active and retiring keys; cacheable for five minutes."""
    identity = AccountsConfig.current().identity
    etag: str = identity.jwks_etag
    answer: HttpResponse
    if request.headers.get("if-none-match") == etag:
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(identity.jwks, content_type="application/jwk-set+json")
    answer["ETag"] = etag
    answer["Cache-Control"] = CACHE_CONTROL
    return answer
