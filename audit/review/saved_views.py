"""Keeping searches: one's own, and those that colleagues share."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from audit.models import SavedView
from audit.review.filters import TITLES
from audit.review.page import EvidencePage

KEPT = frozenset((*TITLES, "range", "from", "to", "set"))
MOST_VIEWS = 100


def views_of(user: Any) -> QuerySet[SavedView]:
    """The person's own, and shared ones."""
    rows = SavedView.objects.using(settings.AUDIT_DB_ALIAS)
    return rows.filter(Q(owner_id=str(user.pk)) | Q(shared=True))


def save(user: Any, name: str, query: str, *, shared: bool) -> SavedView:
    """Keep a search under a name; the same name again replaces it. Raises ValidationError."""
    alias = settings.AUDIT_DB_ALIAS
    own = SavedView.objects.using(alias).filter(owner_id=str(user.pk))
    if not name or len(name) > 100:
        raise ValidationError("Give the view a name of at most 100 characters.")
    kept = urlencode([(key, value) for key, value in parse_qsl(query.lstrip("?")) if key in KEPT])
    if len(kept) > 2000:
        raise ValidationError("This search is too long to be kept.")
    if own.exclude(name=name).count() >= MOST_VIEWS:
        raise ValidationError(f"You have {MOST_VIEWS} views already; delete one first.")
    view, _ = SavedView.objects.using(alias).update_or_create(
        owner_id=str(user.pk),
        name=name,
        defaults={"query": kept, "owner_name": user.get_username()[:150], "shared": shared},
    )
    return view


class SavedViewsPage(EvidencePage):
    """POST only: save a search, delete one of one's own."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Back to the explorer, with the view open or the problem told."""
        explorer = reverse("admin:evidence-events")
        if doomed := request.POST.get("delete"):
            own = SavedView.objects.using(settings.AUDIT_DB_ALIAS).filter(owner_id=str(request.user.pk))
            try:
                get_object_or_404(own, pk=doomed).delete()
            except ValidationError:  # not even the form of an id
                return redirect(explorer)
            return redirect(explorer)
        try:
            view = save(
                request.user,
                request.POST.get("name", "").strip(),
                request.POST.get("query", ""),
                shared="shared" in request.POST,
            )
        except ValidationError as error:
            return HttpResponse(error.messages[0], status=400, content_type="text/plain; charset=utf-8")
        return redirect(f"{explorer}?{view.query}")
