"""The overview: how much, how well, how expensive; beside the period before."""

import datetime as dt
from typing import Any, ClassVar, NamedTuple

from django.utils import timezone

from audit.review import figures
from audit.review.bars import beside, stacked
from audit.review.page import EvidencePage
from audit.review.period import DEFAULT, PRESETS, BadPeriod, Period
from audit.review.standing import standing

LISTS = (
    ("Models", "model", ""),
    ("Teams", "team_id", "team"),
    ("Keys", "key_id", "key"),
    ("Callers", "actor_id", "actor"),
)


class Tile(NamedTuple):
    """A figure, the same of the period before, and whether more of it is good, bad or neither."""

    title: str
    value: float | None
    before: float | None
    form: str  # number, compact, share, duration, money
    note: str = ""
    more_is: str = ""

    @property
    def change(self) -> float | None:
        """In per cent of the period before; None where that has none."""
        if self.value is None or not self.before:
            return None
        return (self.value - self.before) * 100 / self.before


class OverviewPage(EvidencePage):
    """Charts and top lists of a period."""

    template_name = "admin/evidence/overview.html"
    title: ClassVar[str] = "Evidence overview"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Everything from roll-ups."""
        now = timezone.now().astimezone(dt.UTC)
        problem = ""
        try:
            period = Period.asked_for(self.request.GET, now)
        except BadPeriod as error:
            period, problem = Period.asked_for({"range": DEFAULT}, now), str(error)
        user = self.request.user
        current, earlier = figures.totals(user, period), figures.totals(user, period.before)
        return super().get_context_data(
            period=period, presets=PRESETS.values(), problem=problem, totals=current, tiles=_tiles(current, earlier),
            charts=_charts(figures.bars(user, period)), lists=self._lists(period),
            refusals=figures.refusals(user, period), standing=standing(user), **extra,
        )  # fmt: skip

    def _lists(self, period: Period) -> list[dict[str, Any]]:
        found = []
        for title, column, kind in LISTS:
            rows = figures.top(self.request.user, period, column)
            names = self.named(kind, [row.name for row in rows]) if kind else {}
            shown = [(row, names.get(row.name, row.name)) for row in rows]
            found.append(
                {"title": title, "column": column, "rows": shown, "most": max((r.calls for r in rows), default=1)}
            )
        return found


def _tiles(now: figures.Totals, before: figures.Totals) -> list[Tile]:
    unpriced = f"{now.unpriced:,} answers without a known price" if now.unpriced else ""
    return [
        Tile("Calls", now.calls, before.calls, "number"),
        Tile(
            "Answered", now.answered_share, before.answered_share, "share", "of those that reached a provider", "good"
        ),
        Tile("Failed", now.failed, before.failed, "number", f"{now.aborted:,} stopped by the caller", "bad"),
        Tile("Refused", now.rejected, before.rejected, "number", "by Gatehouse, before any provider", "bad"),
        Tile("Tokens in", now.tokens_in, before.tokens_in, "compact"),
        Tile("Tokens out", now.tokens_out, before.tokens_out, "compact"),
        Tile("Spend", now.cost_nano / 1e9, before.cost_nano / 1e9, "money", unpriced),
        Tile("Whole answer, median", _ms(now.p50), _ms(before.p50), "duration", "", "bad"),
        Tile("Whole answer, p95", _ms(now.p95), _ms(before.p95), "duration", "", "bad"),
        Tile("First token, median", _ms(now.ttft_p50), _ms(before.ttft_p50), "duration", "", "bad"),
    ]


def _ms(microseconds: float | None) -> float | None:
    return None if microseconds is None else microseconds / 1000


def _charts(bars: figures.Bars) -> list[dict[str, Any]]:
    return [
        {
            "id": "outcomes", "title": "Calls by outcome", "chart": stacked(bars.outcomes), "unit": "",
            "kinds": [("completed", "Answered"), ("failed", "Failed"), ("aborted", "Stopped"), ("rejected", "Refused")],
        },
        {
            "id": "tokens", "title": "Tokens", "chart": stacked(bars.tokens), "unit": "",
            "kinds": [("tokens_in", "In"), ("tokens_cached", "In, from cache"), ("tokens_out", "Out")],
        },
        {"id": "cost", "title": "Spend", "chart": stacked(bars.cost), "unit": "$", "kinds": [("cost", "US dollars")]},
        {
            "id": "latency", "title": "Whole answer", "chart": beside(bars.latency), "unit": "s",
            "kinds": [("p95", "95 of 100 within"), ("p50", "Half of them within")],
        },
    ]  # fmt: skip
