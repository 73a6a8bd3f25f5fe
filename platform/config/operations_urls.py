"""Health, metrics, descriptions of the API, and the way from the bare address to the admin."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from config import api_docs
from config.health import views as health

urlpatterns: list[URLPattern] = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics_page, name="metrics"),
    path("api/schema/", api_docs.schema, name="api-schema"),
    path("api/docs/", api_docs.swagger, name="api-docs"),
]
