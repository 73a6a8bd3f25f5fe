"""What all evidence pages share: inside the admin site, behind a permission, never cached."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

# Gives names for ids of a kind ("team", "key", "actor", "organisation"): this app keeps ids, others know the names.
Namer = Callable[[str, Iterable[str]], Mapping[str, str]]


def nameless(kind: str, ids: Iterable[str]) -> Mapping[str, str]:
    """Where nobody knows names, ids are shown."""
    return {}


@method_decorator(never_cache, name="dispatch")
class EvidencePage(TemplateView):
    """A page of the admin site about evidence.

    Attributes:
        permission: what the person must hold.
        title: heading and window title.
    """

    site: AdminSite = admin.site
    namer: Namer = staticmethod(nameless)
    permission: ClassVar[str] = "audit.view_auditevent"
    title: ClassVar[str] = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Raises PermissionDenied."""
        if not request.user.has_perm(self.permission):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """The site's own context and the title."""
        return super().get_context_data(**self.site.each_context(self.request), title=self.title, **extra)

    def named(self, kind: str, ids: Iterable[str]) -> Mapping[str, str]:
        """Names of those ids that still have one."""
        return self.namer(kind, [found for found in ids if found])
