"""Health, metrics, descriptions of the API, and the way from the bare address to the admin."""

from django.conf import settings
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from config import api_docs
from config.health import views as health

urlpatterns: list[URLPattern] = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin", RedirectView.as_view(pattern_name="admin:index"), name="admin-without-slash"),
    # Browsers ask for it where a page names no icon of its own (Swagger, problem details).
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}config/gatehouse.svg"), name="icon"),
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics_page, name="metrics"),
    path("api/schema/", api_docs.schema, name="api-schema"),
    path("api/docs/", api_docs.swagger, name="api-docs"),
]
