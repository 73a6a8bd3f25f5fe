"""Whose address the control plane sees: the caller's, where a proxy that the deployment named says so."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from llmproxy.gateway.client_address import TrustedProxies


class ClientAddressMiddleware:
    """First of all: lockout, records and lists of sessions read REMOTE_ADDR (SECURITY 4.11)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._proxies = TrustedProxies(settings.GATEHOUSE_TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, with the address put right."""
        peer = str(request.META.get("REMOTE_ADDR", ""))
        request.META["REMOTE_ADDR"] = self._proxies.client(peer, request.headers.get("x-forwarded-for"))
        return self.get_response(request)
