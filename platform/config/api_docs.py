"""OpenAPI description and Swagger page of the management API: for people of this house only (SECURITY 4.12)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.views.decorators.cache import never_cache
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

Endpoint = tuple[str, str, str, Callable[..., Any]]

# Answers under the API's own rules: a management token or an admin session, else a problem (SERVE_PERMISSIONS).
schema = never_cache(SpectacularAPIView.as_view())

# A person is sent to the log-in page. The split view keeps its script in an answer of its own, as our CSP wants.
swagger = staff_member_required(
    never_cache(SpectacularSwaggerSplitView.as_view(url_name="api-schema", title="Gatehouse management API")),
    login_url="admin:login",
)


def management_paths(endpoints: list[Endpoint]) -> list[Endpoint]:
    """drf-spectacular's preprocessing hook: gateway paths have the description of their own vendor."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


class ManagementScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular is untyped
    """How ManagementAuthentication reads in the description."""

    target_class = "accounts.authentication.ManagementAuthentication"
    name = ["managementToken", "adminSession"]  # noqa: RUF012 (the base class declares a list)

    def get_security_definition(self, auto_schema: object) -> list[dict[str, str]]:
        """A bearer token, or the cookie of the admin."""
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "From /api/token/."},
            {"type": "apiKey", "in": "cookie", "name": str(settings.SESSION_COOKIE_NAME)},
        ]
