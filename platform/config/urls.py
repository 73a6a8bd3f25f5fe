"""Control-plane URLs. Gateway paths are in llmproxy.urls and are answered by config.asgi before Django's handler."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("llmproxy.api.urls")),
    path("api/v1/audit/", include("config.evidence_api.urls")),
    path("", include("accounts.urls")),
    path("", include("config.operations_urls")),
]

handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.permission_denied"
handler404 = "config.error_pages.page_not_found"
handler500 = "config.error_pages.server_error"
