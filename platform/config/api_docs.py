"""OpenAPI description and Swagger page of the management API: for people of this house only (SECURITY 4.12)."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.views.decorators import staff_member_required
from django.views.decorators.cache import never_cache
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
