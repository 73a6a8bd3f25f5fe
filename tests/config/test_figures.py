"""The overview's figures: of the right calls, of the right people, of the right time."""

import datetime as dt
import itertools
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from accounts.models import Membership, Organisation, User
from audit.models import AuditEvent
from config.dashboard import figures, scope
from config.dashboard.outcomes import Outcomes

pytestmark = pytest.mark.django_db(databases="__all__")

NOW = dt.datetime.now(dt.UTC)
LEAVES = itertools.count()


def happened(type_: str, minutes_ago: float = 1, **columns: Any) -> AuditEvent:
    """An event as the ingest would have stored it."""
    when = NOW - dt.timedelta(minutes=minutes_ago)
    own_id = type(uuid7())(int=figures.first_id(when).int | (uuid7().int & (2**80 - 1)))
    event = AuditEvent(
        id=own_id, leaf_index=next(LEAVES), occurred_at=when, ingested_at=when, type=type_, outcome="success",
        category=type_.partition(".")[0], actor_type="api_key", raw=b"", leaf_hash=b"", **columns,
    )  # fmt: skip
    event.save()
    return event


def gathered(window: str = "1h") -> figures.Figures:
    """The figures of all events."""
    return figures.gather(AuditEvent.objects.all(), figures.WINDOWS[window], NOW)


def test_it_counts_each_ending_once() -> None:
    happened("proxy.request.started")
    for ending, times in zip(figures.ENDINGS, (4, 3, 2, 1), strict=True):
        for _ in range(times):
            happened(ending)
    happened("admin.provider.created")
    assert gathered().outcomes == Outcomes(completed=4, failed=3, aborted=2, rejected=1)


def test_it_counts_only_the_window() -> None:
    happened(figures.COMPLETED, minutes_ago=59)
    happened(figures.COMPLETED, minutes_ago=61)
    assert gathered("1h").outcomes.total == 1
    assert gathered("24h").outcomes.total == 2


def test_the_bars_cover_the_window_and_hold_every_call() -> None:
    happened(figures.COMPLETED, minutes_ago=10)
    happened(figures.FAILED, minutes_ago=10)
    happened(figures.COMPLETED, minutes_ago=50)
    found = gathered()
    assert len(found.bars) == 61
    assert sum(outcomes.total for _, outcomes in found.bars) == 3
    minute = (NOW - dt.timedelta(minutes=10)).replace(second=0, microsecond=0)
    assert dict(found.bars)[minute] == Outcomes(completed=1, failed=1)


def test_it_adds_up_tokens_and_ranks_what_was_asked_for() -> None:
    for _ in range(3):
        happened(figures.COMPLETED, model_requested="busy", key_prefix="gth_live_a", tokens_in=10, tokens_out=5)
    happened(figures.FAILED, model_requested="quiet", key_prefix="gth_live_b", actor_name="bot", tokens_in=1)
    happened(figures.REJECTED)
    found = gathered()
    assert (found.tokens_in, found.tokens_out) == (31, 15)
    assert found.models == [figures.Row("busy", 3, 45, 0), figures.Row("quiet", 1, 1, 1)]
    assert [row.name for row in found.callers] == ["gth_live_a", "gth_live_b · bot"]
    assert found.teams == []


def test_percentiles_are_of_answered_calls() -> None:
    for milliseconds in range(1, 101):
        happened(figures.COMPLETED, duration_us=milliseconds * 1000, ttft_us=None)
    happened(figures.FAILED, duration_us=9_000_000)
    found = gathered()
    assert found.latency == figures.Timings(50.0, 95.0)
    assert found.first_token == figures.Timings(None, None)


def test_an_empty_log_has_figures_too() -> None:
    found = gathered()
    assert found.outcomes.total == 0 and found.latency.p50 is None and not found.capped


def test_beyond_the_cap_it_counts_the_newest_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MOST_EVENTS", 2)
    for minutes in range(1, 6):
        happened(figures.COMPLETED, minutes_ago=minutes)
    found = gathered()
    assert found.capped and found.outcomes.total == 2


def test_a_stranger_sees_nothing_and_a_member_his_own() -> None:
    ours, theirs = (
        Organisation.objects.create(name="Ours", slug="ours"),
        Organisation.objects.create(name="B", slug="b"),
    )
    member, stranger = User.objects.create_user("member"), User.objects.create_user("stranger")
    Membership.objects.create(user=member, organisation=ours)
    happened(figures.COMPLETED, organisation_id=str(ours.pk))
    happened(figures.COMPLETED, organisation_id=str(theirs.pk))
    assert scope.events_of(member).count() == 1
    assert scope.events_of(stranger).count() == 0
    assert scope.events_of(User.objects.create_superuser("root")).count() == 2
