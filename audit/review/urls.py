"""The evidence pages' URLs, for the admin site that holds them."""

from django.contrib.admin.sites import AdminSite
from django.urls import URLPattern, path

from audit.review.detail import EventPage
from audit.review.explorer import ExplorerPage
from audit.review.overview import OverviewPage
from audit.review.page import EvidencePage, Namer
from audit.review.saved_views import SavedViewsPage

PAGES: tuple[tuple[str, type[EvidencePage], str], ...] = (
    ("evidence/overview/", OverviewPage, "evidence"),
    ("evidence/events/", ExplorerPage, "evidence-events"),
    ("evidence/events/views/", SavedViewsPage, "evidence-views"),
    ("evidence/events/<uuid:event_id>/", EventPage, "evidence-event"),
)


def urls(site: AdminSite, namer: Namer) -> list[URLPattern]:
    """Each asks for a signed-in member of staff first, then for the page's own permission."""
    return [
        path(route, site.admin_view(page.as_view(site=site, namer=namer)), name=name) for route, page, name in PAGES
    ]
