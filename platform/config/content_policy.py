"""The admin theme is built on Alpine, which evaluates expressions: 'unsafe-eval' there and nowhere else."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

ADMIN = "/admin/"


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp with one policy for the admin and a stricter one for everything else."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request=request, response=response, report_only=report_only)
        if not report_only and parts.update is None and request.path_info.startswith(ADMIN):
            parts.update = {"script-src": ["'unsafe-eval'"]}
        return parts
