"""/livez, /readyz and /metrics."""

import ipaddress
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import metrics, request_id
from config.apps import ProjectConfig
from config.problem import MEDIA_TYPE, problem
from config.running import app

FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else, so that a slow database restarts no web server."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 when every check holds, else 503; each check with its reason."""
    findings = app("config", ProjectConfig).readiness.findings()
    ok = all(finding.ok for finding in findings.values())
    checks = {name: {"status": "ok" if f.ok else "failed", "reason": f.reason} for name, f in findings.items()}
    return JsonResponse({"status": "ready" if ok else "not ready", "checks": checks}, status=200 if ok else 503)


@require_safe
@never_cache
def metrics_page(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for who holds GATEHOUSE_METRICS_TOKEN; without a token set, for this machine itself."""
    if not _may_scrape(request):
        detail = "Send GATEHOUSE_METRICS_TOKEN as a bearer token, or ask from the machine itself when none is set."
        body = problem(401, "not_authenticated", detail, request.path, request_id.of(request))
        answer = JsonResponse(body, status=401, content_type=MEDIA_TYPE)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _may_scrape(request: HttpRequest) -> bool:
    expected = str(settings.GATEHOUSE_METRICS_TOKEN)
    if expected:
        offered = request.headers.get("authorization", "")
        return secrets.compare_digest(offered.encode(), f"Bearer {expected}".encode())
    # Behind a proxy on this machine every caller has a loopback address: a forwarded request is never local.
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
