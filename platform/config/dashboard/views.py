"""The overview page, and its live part alone."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.models import Team
from config.dashboard import chart, checklist, figures, first_call, scope

DEFAULT_WINDOW = "1h"


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """UNFOLD's DASHBOARD_CALLBACK."""
    events = scope.events_of(request.user)
    steps = checklist.steps(request, events)
    return context | _live(request) | {
        "steps": steps, "steps_done": sum(step.done for step in steps), "all_done": all(step.done for step in steps),
        "curl": first_call.curl(), "windows": figures.WINDOWS.values(),
    }  # fmt: skip


@never_cache
def figures_fragment(request: HttpRequest) -> HttpResponse:
    """The live part; config/gatehouse.js puts it in place every few seconds."""
    return TemplateResponse(request, "admin/overview/figures.html", _live(request))


def _live(request: HttpRequest) -> dict[str, Any]:
    window = figures.WINDOWS.get(request.GET.get("window", ""), figures.WINDOWS[DEFAULT_WINDOW])
    found = figures.gather(scope.events_of(request.user), window, timezone.now().astimezone(dt.UTC))
    return {"figures": found._replace(teams=_named(found.teams)), "chart": chart.draw(found.bars), "window": window}


def _named(rows: list[figures.Row]) -> list[figures.Row]:
    """Teams by name; a team that is gone keeps its id."""
    teams = Team.objects.filter(pk__in=[row.name for row in rows]).values_list("pk", "name")
    names = {str(pk): name for pk, name in teams}
    return [row._replace(name=names.get(row.name, row.name)) for row in rows]
