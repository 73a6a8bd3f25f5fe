"""The overview page, and its live part alone."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.models import Team, User
from config.dashboard import chart, checklist, figures, first_call, scope

DEFAULT_WINDOW = "1h"


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """UNFOLD's DASHBOARD_CALLBACK."""
    steps = checklist.steps(request, scope.events_of(_person(request)))
    return context | _live(request) | {
        "steps": steps, "steps_done": sum(step.done for step in steps), "all_done": all(step.done for step in steps),
        "curl": first_call.curl(), "windows": figures.WINDOWS.values(),
    }  # fmt: skip


@never_cache
def figures_fragment(request: HttpRequest) -> HttpResponse:
    """The live part; config/gatehouse.js puts it in place every few seconds."""
    return TemplateResponse(request, "admin/overview/figures.html", _live(request))


def _person(request: HttpRequest) -> User:
    """Who is signed in. The admin lets nobody else come this far."""
    if not isinstance(request.user, User):
        raise TypeError("the overview is for people who are signed in")
    return request.user


def _live(request: HttpRequest) -> dict[str, Any]:
    window = figures.WINDOWS.get(request.GET.get("window", ""), figures.WINDOWS[DEFAULT_WINDOW])
    found = figures.gather(scope.events_of(_person(request)), window, timezone.now().astimezone(dt.UTC))
    return {"figures": found._replace(teams=_named(found.teams)), "chart": chart.draw(found.bars), "window": window}


def _named(rows: list[figures.Row]) -> list[figures.Row]:
    """Teams by name; a team that is gone keeps its id."""
    ids = [row.name for row in rows if _is_uuid(row.name)]
    names = {str(pk): name for pk, name in Team.objects.filter(pk__in=ids).values_list("pk", "name")}
    return [row._replace(name=names.get(row.name, row.name)) for row in rows]


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
