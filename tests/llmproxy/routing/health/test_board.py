"""Circuits, load and budgets, on a clock that the test holds."""

from llmproxy.routing.health.board import Board, Told
from llmproxy.routing.health.circuit import Limits
from llmproxy.routing.health.load import Load
from llmproxy.routing.health.retry_budget import RetryBudget

LIMITS = Limits(3, 10.0)


def failing(board: Board, times: int, at: float = 100.0) -> None:
    for _ in range(times):
        board.failed("d", at, "status 500", LIMITS)


def test_it_opens_after_so_many_failures_in_a_row_and_says_why() -> None:
    board = Board()
    failing(board, 2)
    assert board.barred("d", 100.0) is None
    board.succeeded("d", 100.0)
    failing(board, 2)
    assert board.barred("d", 100.0) is None
    failing(board, 1)
    assert board.barred("d", 102.0) == "status 500; tried again in 8 s"


def test_then_one_call_tries_and_closes_it_or_opens_it_for_twice_as_long() -> None:
    board = Board()
    failing(board, 3)
    assert board.barred("d", 110.0) is None
    board.begun("d", 110.0)
    assert board.barred("d", 110.5) == "status 500; another call is trying it"
    failing(board, 1, at=111.0)
    assert board.seconds_left("d", 111.0) == 20.0
    board.begun("d", 131.0)
    board.succeeded("d", 132.0)
    assert board.barred("d", 132.0) is None
    assert not board.open_circuits(132.0)


def test_a_trial_that_told_nothing_leaves_the_place_to_another() -> None:
    board = Board()
    failing(board, 3)
    board.begun("d", 110.0)
    board.withdrawn("d")
    assert board.barred("d", 110.0) is None


def test_a_trial_that_is_lost_does_not_hold_it_open_for_ever() -> None:
    board = Board()
    failing(board, 3)
    board.begun("d", 110.0)
    assert board.barred("d", 171.0) is None


def test_limits_of_zero_never_open() -> None:
    board = Board()
    for _ in range(100):
        board.failed("d", 100.0, "status 500", Limits(0))
    assert board.barred("d", 100.0) is None


def test_a_rest_lasts_as_long_as_was_asked_for_and_has_an_end() -> None:
    board = Board()
    board.rest("key", 100.0, 7.0, "status 429")
    assert board.seconds_left("key", 100.0) == 7.0
    board.rest("key", 100.0, 3.0, "status 429")
    assert board.seconds_left("key", 100.0) == 7.0
    board.rest("key", 100.0, 1e9, "status 429")
    assert board.seconds_left("key", 100.0) == 300.0


def test_others_hear_of_it_once_and_the_later_change_counts() -> None:
    here, there = Board(), Board()
    failing(here, 3)
    told = list(here.untold)
    assert [said.key for said in told] == ["d"]
    there.take_in(told)
    assert there.barred("d", 101.0) == "status 500; tried again in 9 s"
    there.begun("d", 110.0)
    there.succeeded("d", 111.0)
    there.take_in(told)
    assert there.barred("d", 111.0) is None
    here.take_in(there.untold)
    assert here.barred("d", 111.0) is None


def test_a_reset_closes_it_everywhere() -> None:
    board = Board()
    failing(board, 3)
    board.take_in([Told("d", 0.0, 0, "", 105.0)])
    assert board.barred("d", 105.0) is None


def test_load_is_what_runs_here_and_elsewhere() -> None:
    board = Board()
    board.load("d").running = 2
    board.hear_load({"d": 3, "e": 1}, 4)
    assert (board.running("d"), board.running("e"), board.workers) == (5, 1, 4)
    board.hear_load({}, 0)
    assert (board.running("d"), board.running("e"), board.workers) == (2, 0, 1)


def test_latency_goes_up_at_once_down_slowly_and_fades() -> None:
    load = Load()
    load.measured(1.0, 100.0)
    load.measured(3.0, 100.0)
    assert load.latency(100.0) == 3.0
    load.measured(1.0, 100.0)
    assert 2.5 < load.latency(100.0) < 3.0
    assert load.latency(2000.0) < 0.01


def test_retries_are_a_share_of_the_calls() -> None:
    budget = RetryBudget()
    taken = sum(budget.take() for _ in range(100))
    assert taken == 10
    for _ in range(50):
        budget.earned()
    assert sum(budget.take() for _ in range(100)) == 10
