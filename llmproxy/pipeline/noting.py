"""Telling the board how attempts fare: circuits, rests, latency, places."""

import time

from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.keys import circuit_of
from llmproxy.pipeline.runtime import Runtime
from llmproxy.routing.failure import BUSY, MISSING, RATE_LIMITED, REFUSED_US, UNAVAILABLE, Failure
from llmproxy.routing.health.circuit import Limits

# A key that hit its limit where the provider does not say for how long.
REST_SECONDS = 1.0
# A key that is not accepted will hardly be accepted in a moment: an administrator has to look at it.
REFUSED_KEY = Limits(2, 60.0)


def begun(runtime: Runtime, attempt: Attempt) -> None:
    """It is sent."""
    attempt.holds_place = attempt.sent = True
    attempt.started = time.perf_counter()
    board = runtime.board
    if board.circuits:
        at = time.time()
        board.begun(attempt.deployment.id, at)
        board.begun(circuit_of(attempt.deployment, attempt.credential), at)


def answered(runtime: Runtime, attempt: Attempt) -> None:
    """The provider began a good answer."""
    board, deployment, at = runtime.board, attempt.deployment, time.time()
    if attempt.first_byte is not None:
        board.load(deployment.id).measured(attempt.first_byte - attempt.started, at)
    if board.circuits:
        board.succeeded(deployment.id, at)
        board.succeeded(circuit_of(deployment, attempt.credential), at)
    runtime.metrics.attempted("answered")


def failed(runtime: Runtime, attempt: Attempt, failure: Failure) -> None:
    """It ended without a good answer, and why."""
    attempt.failure = failure
    runtime.metrics.attempted(failure.reason)
    over(runtime, attempt)
    deployment, at, board = attempt.deployment, time.time(), runtime.board
    if not deployment.limits.failures or failure.reason == BUSY:
        return
    key = circuit_of(deployment, attempt.credential)
    if failure.reason in (UNAVAILABLE, MISSING):
        board.failed(deployment.id, at, failure.said, deployment.limits)
    elif failure.reason == RATE_LIMITED:
        board.rest(key, at, REST_SECONDS if failure.wait is None else failure.wait, failure.said)
    elif failure.reason == REFUSED_US:
        board.failed(key, at, failure.said, REFUSED_KEY)
    else:  # the provider is well: it found fault with the request
        board.succeeded(deployment.id, at)


def broken(runtime: Runtime, attempt: Attempt, said: str) -> None:
    """A good answer ended before it was complete."""
    deployment = attempt.deployment
    runtime.board.failed(deployment.id, time.time(), said, deployment.limits)


def withdrawn(runtime: Runtime, attempt: Attempt) -> None:
    """We ended it: the client left, or another attempt was faster."""
    attempt.withdrawn = True
    if attempt.holds_place:  # what it took so far is less than it would have taken
        load, now = runtime.board.load(attempt.deployment.id), time.time()
        elapsed = time.perf_counter() - attempt.started
        if elapsed > load.latency(now):
            load.measured(elapsed, now)
    over(runtime, attempt)
    if runtime.board.circuits:
        runtime.board.withdrawn(attempt.deployment.id)
        runtime.board.withdrawn(circuit_of(attempt.deployment, attempt.credential))


def over(runtime: Runtime, attempt: Attempt) -> None:
    """Give its place back. Further calls do nothing."""
    if attempt.ended is None:
        attempt.ended = time.perf_counter()
    if attempt.holds_place:
        attempt.holds_place = False
        runtime.slots.leave(attempt.deployment)
