"""The admin site: Unfold's, with the pages that belong to no model."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from accounts.models import User
from accounts.pages.password import change
from accounts.pages.signing_in import SignInView
from accounts.pages.urls import people_urls
from audit.review.urls import urls as evidence_urls
from config.access_review import AccessPage
from config.apps import ProjectConfig
from config.dashboard import views
from config.evidence_names import names
from config.running import app
from llmproxy.apps import LlmproxyConfig


class GatehouseAdminSite(UnfoldAdminSite):
    """Adds the live figures of the overview and the health page."""

    index_title = "Overview"

    def has_permission(self, request: HttpRequest) -> bool:
        """Who has a role in an organisation comes in, and finds what that role lets him see."""
        user = request.user
        return isinstance(user, User) and user.is_active and (user.is_superuser or user.is_staff or bool(user.roles()))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The first step; the second one is behind it."""
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.method == "GET" and isinstance(request.user, User) and "next" not in request.GET:
            return HttpResponseRedirect(reverse("admin:my-account"))  # without any role: nothing but oneself
        context = {
            **self.each_context(request), "title": "Log in", "subtitle": None, "app_path": request.get_full_path(),
            "username": request.user.get_username(), **(extra_context or {}),
        }  # fmt: skip
        answer: HttpResponse = never_cache(SignInView.as_view(extra_context=context))(request)  # type: ignore[assignment]
        return answer

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """At Django's address as well, ours: on record, and ending the other sessions."""
        return change(request)

    def extra_urls(self) -> list[URLPattern]:
        """Inside the site, so that each one asks for a signed-in member of staff."""
        return [
            path("overview/figures/", self.admin_view(views.figures_fragment), name="overview-figures"),
            *people_urls(self),
            path("health/", self.admin_view(self.health), name="health"),
            *evidence_urls(self, names),
            path(
                "evidence/access/", self.admin_view(AccessPage.as_view(site=self, namer=names)), name="evidence-access"
            ),
        ]

    def health(self, request: HttpRequest) -> HttpResponse:
        """What /readyz says, for who runs the installation: the reasons may be about any tenant."""
        if not getattr(request.user, "is_superuser", False):
            raise PermissionDenied
        findings = app("config", ProjectConfig).readiness.findings()
        problems = app("llmproxy", LlmproxyConfig).catalog.current.problems
        ready = all(finding.ok for finding in findings.values())
        context = {
            **self.each_context(request),
            "title": "Health",
            "findings": findings,
            "ready": ready,
            "problems": problems,
        }
        return TemplateResponse(request, "admin/health.html", context)
