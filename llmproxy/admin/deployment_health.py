"""Circuits: how each model fares right now, why it gets no calls, and the button that lets it have some again."""

import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from llmproxy.actions import close_circuit
from llmproxy.health.reading import Overview, overview
from llmproxy.models import ModelDeployment, ProviderCredential
from llmproxy.routing.health.board import Told

NAME = "llmproxy_deployment_health"


class Row(NamedTuple):
    """One model on the page. `circuits`: in words, empty where it is well."""

    deployment: ModelDeployment
    circuits: list[str]
    running: int
    milliseconds: int | None
    probe: str
    closes: bool


class DeploymentHealth:
    """The page; for the model's admin class."""

    admin_site: Any
    opts: Any

    def health_urls(self) -> list[URLPattern]:
        """The page, and the button of one row."""
        wrap = self.admin_site.admin_view
        return [
            path("circuits/", wrap(self.health), name=NAME),
            path("circuits/<uuid:pk>/close/", wrap(self.close), name="llmproxy_deployment_close_circuit"),
        ]

    def health(self, request: HttpRequest) -> HttpResponse:
        """All models that the person sees; those that are not well go first."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]  # ModelAdmin's
            raise PermissionDenied
        known = overview()
        visible = self.get_queryset(request).select_related("provider").order_by("provider__name", "upstream_model")  # type: ignore[attr-defined]
        rows = [self._row(request, deployment, known) for deployment in visible]
        context = {
            **self.admin_site.each_context(request),
            "title": "Circuits",
            "rows": sorted(rows, key=lambda row: not row.circuits),
            "known": known,
            "processes": len(known.workers),
        }
        return TemplateResponse(request, "admin/llmproxy/deployment_health.html", context)

    def close(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """POST lets it have calls again."""
        deployment = get_object_or_404(self.get_queryset(request), pk=pk)  # type: ignore[attr-defined]
        if request.method != "POST" or not self.has_change_permission(request, deployment):  # type: ignore[attr-defined]
            raise PermissionDenied
        try:
            closed = close_circuit.execute(deployment)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, f"{closed} circuit(s) of {deployment} closed, everywhere within a second.")
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:{NAME}"))

    def _row(self, request: HttpRequest, deployment: ModelDeployment, known: Overview) -> Row:
        key = str(deployment.pk)
        circuits = [told for told in known.circuits.values() if told.key.partition("/")[0] == key]
        seconds, probe = known.seconds(key), known.probes.get(key) if deployment.probe else None
        return Row(
            deployment,
            [_said(told) for told in circuits],
            known.running(key),
            None if seconds is None else round(seconds * 1000),
            _probed(probe) if deployment.probe else "off",
            bool(circuits) and self.has_change_permission(request, deployment),  # type: ignore[attr-defined]
        )


def _said(told: Told) -> str:
    _, _, key = told.key.partition("/")
    whose = "" if not key else "the provider has no key; " if key == "-" else f"key “{_name_of(key)}”: "
    left = told.until - time.time()
    then = f"tried again in {left:.0f} s" if left > 0 else "the next call tries it"
    return f"{whose}{told.reason}; {then}"


def _name_of(credential: str) -> str:
    return ProviderCredential.objects.filter(pk=credential).values_list("name", flat=True).first() or "removed"


def _probed(result: Any) -> str:
    if not result:
        return "not yet"
    at = datetime.fromtimestamp(result["at"], UTC)
    return f"{at:%H:%M:%S} UTC: {result['problem'] or 'well'}, {result['milliseconds']} ms"
