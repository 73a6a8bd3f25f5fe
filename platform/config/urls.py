"""Control-plane URLs. Gateway paths are in llmproxy.urls and are answered by config.asgi before Django's handler."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
]
