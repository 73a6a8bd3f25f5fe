"""“Fetch models”: what the provider lists, what is here, what is gone; a person decides, then rows are made."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from llmproxy.actions import fetch_models, import_models
from llmproxy.models import Provider


class ModelDiscovery:
    """The page of the review; for the provider's admin class."""

    admin_site: Any
    opts: Any

    def discovery_urls(self) -> list[URLPattern]:
        """The page."""
        view = self.admin_site.admin_view(self.discover)
        return [path("<uuid:pk>/models/", view, name="llmproxy_provider_models")]

    def discover(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """GET explains, POST asks the provider, POST with `import` makes the chosen rows."""
        rows = self.get_queryset(request)  # type: ignore[attr-defined]  # ModelAdmin's
        provider: Provider = get_object_or_404(rows, pk=pk)
        if not self.has_change_permission(request, provider):  # type: ignore[attr-defined]
            raise PermissionDenied
        if request.method == "POST" and "import" in request.POST and self._imported(request, provider):
            return HttpResponseRedirect(reverse(f"{self.admin_site.name}:llmproxy_modeldeployment_changelist"))
        review = fetch_models.execute(provider) if request.method == "POST" else None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Models of {provider.name}",
            "provider": provider,
            "review": review,
            "back": reverse(f"{self.admin_site.name}:llmproxy_provider_change", args=(provider.pk,)),
            "test": reverse(f"{self.admin_site.name}:llmproxy_provider_test", args=(provider.pk,)),
        }
        return TemplateResponse(request, "admin/llmproxy/discovery.html", context)

    def _imported(self, request: HttpRequest, provider: Provider) -> bool:
        chosen = dict(reversed(value.partition(":")[::2]) for value in request.POST.getlist("model"))
        try:
            added, routes, gone = import_models.execute(
                provider,
                chosen,
                with_routes="with_routes" in request.POST,
                switch_off=request.POST.getlist("gone"),
            )
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return False
        messages.success(request, f"{added} models added, {routes} routes made, {gone} models switched off.")
        return True
