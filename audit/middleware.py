"""The control plane's audit context: who acts, on which request, from where."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from audit.context import Actor, bound

ANONYMOUS = Actor("anonymous", "", "")


class AuditContextMiddleware:
    """Binds actor, request id and address around each control-plane request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within the context."""
        with bound(
            actor=_actor(request),
            request_id=getattr(request, "request_id", ""),
            src_ip=request.META.get("REMOTE_ADDR", ""),
            user_agent=request.headers.get("user-agent", "")[:512],
        ):
            return self.get_response(request)


def _actor(request: HttpRequest) -> Actor:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ANONYMOUS
    return Actor("user", f"usr:{user.pk}", user.get_username())
