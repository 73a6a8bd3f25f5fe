"""Roll-ups: every event is counted once at each width, whatever is taken in twice, and they can be made anew."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as project
from hypothesis import given
from hypothesis import strategies as st

from audit.context import Actor
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import LatencyRollUp, RollUp
from audit.rollups.latency import percentile, step_of, upper_bound
from audit.rollups.prune import prune
from audit.rollups.rebuild import rebuild

database = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
CALLER = Actor("api_key", "key:1", "key")


def ingest() -> int:
    apps.get_app_config("audit").close()
    return Ingestor(project.AUDIT_SPOOL, project.AUDIT_NODE).run()


def answered(tokens: int, duration_us: int = 100_000, **columns: object) -> None:
    record(
        "proxy.request.completed", actor=CALLER, organisation_id="o1", team_id="t1", model_requested="small",
        provider="p", tokens_in=tokens, tokens_out=1, duration_us=duration_us, **columns,
    )  # fmt: skip


def totals(width: int) -> tuple[int, int, int]:
    rows = RollUp.objects.filter(width=width, type="proxy.request.completed").values_list(
        "events", "tokens_in", "cost_nano"
    )
    return (sum(r[0] for r in rows), sum(r[1] for r in rows), sum(r[2] for r in rows))


@database
def test_each_event_is_counted_once_at_each_width() -> None:
    answered(10, cost_nano=7)
    answered(20)
    ingest()
    answered(30)
    ingest()
    for width in (60, 3600, 86_400):
        assert totals(width) == (3, 60, 7)
    day = RollUp.objects.get(width=86_400, type="proxy.request.completed")
    assert day.start == datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    assert (day.priced, day.organisation_id, day.team_id, day.model) == (1, "o1", "t1", "small")


@database
def test_what_is_taken_in_twice_is_counted_once() -> None:
    answered(10)
    ingest()
    for path in project.AUDIT_SPOOL.rglob("*.done"):
        path.rename(path.with_suffix(".seg"))
    assert ingest() == 0
    assert totals(60)[0] == 1


@database
def test_a_rebuild_gives_the_same_counts() -> None:
    for tokens in (1, 2, 3):
        answered(tokens)
    ingest()
    before = sorted(RollUp.objects.values_list("id", "events", "tokens_in"))
    RollUp.objects.all().delete()
    assert rebuild() >= 3
    assert sorted(RollUp.objects.values_list("id", "events", "tokens_in")) == before
    assert rebuild() >= 3
    assert sorted(RollUp.objects.values_list("id", "events", "tokens_in")) == before


@database
def test_names_that_callers_make_up_do_not_make_rows() -> None:
    for n in range(20):
        record("proxy.request.rejected", outcome="denied", error_code="model_not_found", model_requested=f"made-up-{n}")
    ingest()
    assert RollUp.objects.filter(type="proxy.request.rejected", width=60).count() in {1, 2}  # a minute may have ended
    assert set(RollUp.objects.filter(type="proxy.request.rejected").values_list("model", flat=True)) == {"(unknown)"}


@database
def test_latencies_of_answers_are_kept_as_steps() -> None:
    for milliseconds in (10, 20, 40):
        answered(1, duration_us=milliseconds * 1000)
    ingest()
    rows = LatencyRollUp.objects.filter(width=86_400, measure="duration").values_list("step", "events")
    median = percentile(dict(rows), 0.5)
    assert median is not None
    assert 20_000 <= median <= 24_000


@database
def test_minutes_are_pruned_and_hours_and_days_stay(settings: Any) -> None:
    answered(10)
    ingest()
    assert prune() == 0
    before = {width: totals(width) for width in (3600, 86_400)}
    old = datetime.now(UTC) - timedelta(days=settings.AUDIT_MINUTES_DAYS + 1)
    for model in (RollUp, LatencyRollUp):
        model.objects.filter(width=60).update(start=old)
    assert prune() >= 2
    assert not RollUp.objects.filter(width=60, start__lte=old).exists()
    assert not LatencyRollUp.objects.filter(width=60, start__lte=old).exists()
    assert {width: totals(width) for width in (3600, 86_400)} == before
    rebuild()
    assert totals(60) == (1, 10, 0)


@given(st.integers(min_value=0, max_value=10**12))
def test_a_step_holds_its_value_within_a_fifth(microseconds: int) -> None:
    bound = upper_bound(step_of(microseconds))
    assert bound >= microseconds or math.isclose(bound, microseconds)
    assert bound <= max(1, microseconds) * 1.2


def test_no_values_have_no_percentile() -> None:
    assert percentile({}, 0.5) is None
