"""The evidence pages' URLs, for the admin site that holds them."""

from django.contrib.admin.sites import AdminSite
from django.urls import URLPattern, path

from audit.review.overview import OverviewPage
from audit.review.page import EvidencePage, Namer

PAGES: tuple[tuple[str, type[EvidencePage], str], ...] = (("evidence/", OverviewPage, "evidence"),)


def urls(site: AdminSite, namer: Namer) -> list[URLPattern]:
    """Each asks for a signed-in member of staff first, then for the page's own permission."""
    return [
        path(route, site.admin_view(page.as_view(site=site, namer=namer)), name=name) for route, page, name in PAGES
    ]
