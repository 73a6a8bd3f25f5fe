"""“Why this route” and the dry run: pages beside a route's form."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from audit.review.plan_words import words_of
from llmproxy.actions import dry_run_route, explain_call, explain_route
from llmproxy.models import Route
from llmproxy.routing.ask import Ask

DRY_RUN = "_dry_run"
MOST_TOKENS = 100_000_000


def _text(label: str, hint: str) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=500, help_text=hint, widget=UnfoldAdminTextInputWidget
    )


class AskForm(forms.Form):
    """A call that might come."""

    prompt_tokens = forms.IntegerField(
        required=False, min_value=0, max_value=MOST_TOKENS, widget=UnfoldAdminIntegerFieldWidget, label="Prompt, tokens"
    )
    needs = _text("Needs", "Such as vision, function_calling")
    metadata = _text("Metadata", "Such as tier=gold, project=x")
    headers = _text("Headers", "Such as x-env=prod")
    regions = _text("Demands the regions", "Such as eu")
    data_policy = _text("Demands of the data policy", "Such as no_training")
    at = forms.DateTimeField(
        label="At",
        required=False,
        help_text="Such as 2026-11-28 22:30 (UTC); empty: now",
        widget=UnfoldAdminTextInputWidget,
    )
    organisation = _text("Organisation", "Its id; of a route of one organisation, that one")
    team = _text("Team", "Its id")
    sticky = _text("Kept together by", "Such as a session; empty: a call of its own")

    def ask(self, route: Route) -> Ask:
        """Of validated data."""
        given = self.cleaned_data
        return Ask(
            organisation=str(route.organisation_id or given["organisation"]),
            team=given["team"] or None,
            prompt_tokens=given["prompt_tokens"] or 0,
            needs=frozenset(_words(given["needs"])),
            metadata=_pairs(given["metadata"]),
            headers={name.lower(): value for name, value in _pairs(given["headers"]).items()},
            regions=frozenset(_words(given["regions"].lower())),
            data=frozenset(_words(given["data_policy"].lower())),
            at=(given["at"] or timezone.now()).timestamp(),
            sticky=given["sticky"],
        )


class RouteExplaining:
    """The pages; for the route's admin class."""

    admin_site: Any
    opts: Any
    change_form_after_template = "admin/llmproxy/route_tools.html"

    def explaining_urls(self) -> list[URLPattern]:
        """The page “Why this route”."""
        view = self.admin_site.admin_view(self.explain)
        return [path("<uuid:pk>/explain/", view, name="llmproxy_route_explain")]

    def explain(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """For a call that might come (the form), and for past ones (newest, or by request id)."""
        route: Route = get_object_or_404(self.get_queryset(request), pk=pk)  # type: ignore[attr-defined]  # ModelAdmin's
        form = AskForm(request.GET if "prompt_tokens" in request.GET else {})
        found = explain_route.execute(route, form.ask(route)) if form.is_valid() else None
        wanted = request.GET.get("request_id", "").strip()[:64]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Why this route: {route.public_name}",
            "route": route,
            "form": form,
            "found": found,
            "shares": [] if found is None or found.plan is None else _shared(found),
            "calls": _past(route, wanted, request.user),
            "wanted": wanted,
            "may_see_events": request.user.has_perm("audit.view_auditevent"),
            "back": reverse(f"{self.admin_site.name}:llmproxy_route_change", args=(route.pk,)),
        }
        return TemplateResponse(request, "admin/llmproxy/route_explain.html", context)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """As Django's; a dry run makes the change, judges it and takes it back."""
        if request.method != "POST" or DRY_RUN not in request.POST or object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc,no-any-return]
        with transaction.atomic():
            answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
            saved = answer.status_code == 302
            route = Route.objects.get(pk=object_id) if saved else None
            review = None if route is None else dry_run_route.by_current_rows(route)
            transaction.set_rollback(True)
        if review is None:  # the form says what is wrong with it
            return answer.render() if isinstance(answer, TemplateResponse) and not answer.is_rendered else answer
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Dry run: {route}",
            "review": review,
            "carried": [
                (name, value)
                for name, listed in request.POST.lists()
                if name not in (DRY_RUN, "csrfmiddlewaretoken")
                for value in listed
            ],
        }
        return TemplateResponse(request, "admin/llmproxy/route_dry_run.html", context)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """As Django's; of a dry run nobody is told that it was saved."""
        if DRY_RUN in request.POST:
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)  # type: ignore[misc,no-any-return]


def _past(route: Route, wanted: str, viewer: Any) -> list[tuple[explain_call.PastCall, Any]]:
    if not isinstance(viewer, User):
        return []
    one = explain_call.execute(route, wanted, viewer) if wanted else None
    calls = [one] if one is not None else [] if wanted else explain_call.latest(route, viewer)
    return [(call, words_of(call.plan)) for call in calls]


def _shared(found: explain_route.Explanation) -> list[tuple[Any, int]]:
    made = found.plan
    return [] if made is None else [(it, found.shares.get(it.place.label, 0)) for it in made.candidates]


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _pairs(text: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in _words(text))
    return {name.strip(): value.strip() for name, _, value in pairs}
