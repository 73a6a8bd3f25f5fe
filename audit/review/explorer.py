"""The events explorer: filters, histogram, facets, one page of events, saved views."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEvent
from audit.review import facets, search
from audit.review.bars import stacked
from audit.review.filters import DIMENSIONS, TITLES, BadFilter, Filters, choices, filters
from audit.review.page import EvidencePage
from audit.review.period import DEFAULT, PRESETS, BadPeriod, Period
from audit.review.saved_views import views_of

MORE = ("category", *(name for name in TITLES if name not in DIMENSIONS and name != "category"))
HIDDEN = frozenset(("before", "after"))


class Column(NamedTuple):
    """A heading and what stands below it: a column of the event or a name the template knows."""

    title: str
    name: str


WHEN, TYPE, OUTCOME, WHO = (
    Column("When (UTC)", "when"),
    Column("Event", "type"),
    Column("Outcome", "outcome"),
    Column("Who", "who"),
)
COLUMN_SETS: Mapping[str, tuple[str, Sequence[Column]]] = {
    "calls": ("Calls", (WHEN, TYPE, OUTCOME, WHO, Column("Model", "model_requested"), Column("Status", "http_status"),
                        Column("Tokens in / out", "tokens"), Column("Took", "took"), Column("Cost", "cost"))),
    "changes": ("Changes", (WHEN, TYPE, OUTCOME, WHO, Column("What", "target"), Column("Reason", "reason"),
                            Column("From", "src_ip"))),
    "routing": ("Routing", (WHEN, TYPE, OUTCOME, Column("Team", "team"), Column("Provider", "provider"),
                            Column("Model asked for", "model_requested"), Column("Model served", "model_served"),
                            Column("Error", "error_code"), Column("First token", "ttft"))),
    "ids": ("Ids", (WHEN, TYPE, Column("Request", "request_id"), Column("Session", "session_id"),
                    Column("Trace", "trace_id"), Column("Leaf", "leaf_index"))),
}  # fmt: skip


class ExplorerPage(EvidencePage):
    """Find events."""

    template_name = "admin/evidence/explorer.html"
    title: ClassVar[str] = "Events"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """A wrong filter is named, and the page shows what it would without it."""
        query, problems = self.request.GET.dict(), list[str]()
        period, wanted = self.asked(query, problems)
        before, after = (_cursor(query.get(name, ""), problems) for name in ("before", "after"))
        found = search.page(self.request.user, period, wanted, before, after)
        set_key = query.get("set", "") if query.get("set", "") in COLUMN_SETS else "calls"
        figures_url = f"{reverse('admin:evidence-events-figures')}?{urlencode(_kept(query))}"
        return super().get_context_data(
            period=period, presets=PRESETS.values(), problems=problems, page=found, column_sets=COLUMN_SETS,
            set_key=set_key, columns=COLUMN_SETS[set_key][1], team_names=self._teams(found.events),
            figures_url=figures_url, chosen=self._chosen(wanted),
            more=[(name, TITLES[name], wanted.given.get(name, ""), choices(name)) for name in MORE],
            links=_Links(query),
            saved=views_of(self.request.user), share=urlencode(_kept(query)),
            may_export=self.request.user.has_perm("audit.add_exportjob"), **extra,
        )  # fmt: skip

    def asked(self, query: Mapping[str, str], problems: list[str]) -> tuple[Period, Filters]:
        """Period and filters of a query; what is wrong with it is added to `problems`."""
        now = timezone.now().astimezone(dt.UTC)
        try:
            period = Period.asked_for(query, now)
        except BadPeriod as error:
            problems.append(str(error))
            period = Period.asked_for({"range": DEFAULT}, now)
        try:
            return period, filters(query)
        except BadFilter as error:
            problems.append(str(error))
            return period, filters({})

    def _chosen(self, wanted: Filters) -> list[tuple[str, str, str]]:
        found = []
        for name, value in wanted.given.items():
            dimension = DIMENSIONS.get(name)
            names = self.named(dimension.kind, [value]) if dimension is not None and dimension.kind else {}
            found.append((name, TITLES[name], names.get(value, value)))
        return found

    def _teams(self, rows: Sequence[AuditEvent]) -> Mapping[str, str]:
        return self.named("team", {event.team_id for event in rows})


class ExplorerFigures(ExplorerPage):
    """The counts beside the events: a request of its own, so that the events never wait for them."""

    http_method_names = ("get",)
    PARTS: ClassVar[Mapping[str, str]] = {
        "chart": "admin/evidence/explorer_chart.html",
        "facets": "admin/evidence/explorer_facets.html",
    }

    def get_template_names(self) -> list[str]:
        """By `part`; the chart where nothing is said."""
        return [self.PARTS.get(self.request.GET.get("part", ""), self.PARTS["chart"])]

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Only what the part shows."""
        query = self.request.GET.dict()
        part = query.pop("part", "")
        period, wanted = self.asked(query, [])
        if part == "facets":
            return {"facets": self._facets(period, wanted), "links": _Links(query, reverse("admin:evidence-events"))}
        bars = facets.histogram(self.request.user, period, wanted)
        return {"chart": stacked(bars), "period": period, "partial": wanted.rest is not None}

    def _facets(self, period: Period, wanted: Filters) -> list[tuple[facets.Facet, Mapping[str, str]]]:
        found = facets.facets(self.request.user, period, wanted)
        return [
            (facet, self.named(facet.kind, [value for value, _ in facet.values]) if facet.kind else {})
            for facet in found
            if facet.values or facet.chosen
        ]


class _Links:
    """Query strings like the present one, with something changed; for the template's `link` filters."""

    def __init__(self, query: Mapping[str, str], page: str = "") -> None:
        self._page = page
        self._query = {name: value for name, value in query.items() if value and name not in HIDDEN}

    def changed(self, **changes: str) -> str:
        """The query with `changes`; an empty value takes a name away."""
        changed = {name: value for name, value in (self._query | changes).items() if value}
        return f"{self._page}?{urlencode(changed)}"


def _kept(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if value and name not in HIDDEN}


def _cursor(text: str, problems: list[str]) -> uuid.UUID | None:
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        problems.append("The link to the next page was damaged: this is the first page.")
        return None
