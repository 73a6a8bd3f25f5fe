"""The way of one call along its plan: where it goes first, and where after each failure."""

import time
from collections import deque
from typing import NamedTuple

from accounts.errors import GatehouseError
from llmproxy.catalog import Route
from llmproxy.errors import NoDeploymentFits
from llmproxy.pipeline import keys
from llmproxy.pipeline.asking import ask_of, demands_something
from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.faring import Faring
from llmproxy.pipeline.runtime import Runtime
from llmproxy.routing import backoff
from llmproxy.routing.failure import (
    BUSY,
    CONTEXT_WINDOW,
    ELSEWHERE,
    RATE_LIMITED,
    REFUSED_US,
    UNAVAILABLE,
    Failure,
    answers,
)
from llmproxy.routing.plan import Candidate, Excluded, Plan, plan

UNFIT = "unfit"
LAST_RESORT = "nothing else is left"


class Leg(NamedTuple):
    """A route that the call came to, and the plan that was made of it."""

    route: Route
    plan: Plan


class Walk:
    """One per call.

    Attributes:
        legs: the call's own route, then those that it fell back to.
        needs: capabilities that it makes use of.
        put_aside: candidates that the call cannot be put into words for.
    """

    __slots__ = ("_call", "_catalog", "_left", "_refusal", "_retries", "_runtime", "legs", "needs", "put_aside")

    def __init__(self, runtime: Runtime, call: Call) -> None:
        self._runtime = runtime
        self._call = call
        self._catalog = runtime.catalog.current
        self._left: deque[Candidate] = deque()
        self._retries = 0
        self._refusal: GatehouseError | None = None
        self.legs: list[Leg] = []
        self.needs: frozenset[str] = frozenset()
        self.put_aside: list[Excluded] = []

    def begin(self) -> None:
        """Begin the first attempt. Raises what `pipeline.plan.begin` says."""
        self._enter(self._call.route)
        first = self._next()
        if first is None and self._refusal is None:
            first = self._fallback(self._hopeless()) or self._last_resort()
        if first is None:
            raise self._refusal or NoDeploymentFits(_reasons(self.legs[0].plan))

    def after(self, attempt: Attempt) -> Attempt | None:
        """Begin the attempt that follows on the failure of `attempt`; None: there is none, the call has failed."""
        failure, call = attempt.failure, self._call
        if failure is None or len(call.attempts) >= call.route.policy.most_attempts:
            return None
        return (
            self._other_key(attempt, failure)
            or self._sibling(attempt, failure)
            or self._fallback(failure)
            or self._again()
        )

    def hedge(self) -> Attempt | None:
        """Begin another attempt while one runs; None where there is no other deployment."""
        return self._next("the one before is slow") if self.may_hedge() else None

    def minds(self, reason: str) -> bool:
        """Whether the route that the call is at has a fallback for this very reason."""
        return any(fallback.on == reason for fallback in self.legs[-1].route.policy.fallbacks)

    def instead(self, failure: Failure) -> Attempt | None:
        """Begin the attempt of a fallback for `failure`, of an answer that is no use; None: there is none."""
        if len(self._call.attempts) >= self._call.route.policy.most_attempts:
            return None
        return self._fallback(failure)

    def forget(self) -> None:
        """The call is over: a refusal leads back to it by the way that it came."""
        self._refusal = None

    def set_aside(self, attempt: Attempt, why: str) -> None:
        """Say in the plan why nothing followed on an attempt."""
        self.put_aside.append(Excluded(attempt.deployment.place, why))

    def may_hedge(self) -> bool:
        """Whether there is another deployment to ask as well."""
        return bool(self._left) and len(self._call.attempts) < self._call.route.policy.most_attempts

    def not_hedged(self, why: str) -> None:
        """Say in the plan why no other deployment was asked as well."""
        if self._left:
            self.put_aside.append(Excluded(self._left[0].place, f"not asked as well: {why}"))

    def _enter(self, route: Route) -> None:
        call, runtime = self._call, self._runtime
        if route.only is not None and not demands_something(call.request.headers):
            made = route.only
        else:
            faring = Faring(runtime.board, runtime.slots, route.deployments)
            ask = ask_of(call, route)
            self.needs = ask.needs
            made = plan(route.policy, route.places, ask, faring)
        self.legs.append(Leg(route, made))
        self._left = deque(made.candidates)

    def _next(self, why: str = "") -> Attempt | None:
        while self._left:
            if (attempt := self._attempt_at(self._left.popleft(), why)) is not None:
                return attempt
        return None

    def _attempt_at(self, candidate: Candidate, why: str = "") -> Attempt | None:
        """None where the call cannot be put into the words of that deployment."""
        deployment = self.legs[-1].route.deployments[candidate.place.position]
        credential = keys.pick(self._runtime.board, deployment, time.time())
        try:
            attempt = self._call.attempt_at(deployment, credential, why or candidate.why)
        except GatehouseError as error:
            self._refusal = self._refusal or error
            self.put_aside.append(Excluded(candidate.place, error.message))
            return None
        attempt.patient = not self._left
        return attempt

    def _last_resort(self) -> Attempt | None:
        """One that is full, and becomes free; else one with an open circuit, which may be well again."""
        for candidate in sorted(self.legs[-1].plan.barred, key=self._has_open_circuit):
            if (attempt := self._attempt_at(candidate, LAST_RESORT)) is not None:
                return attempt
        return None

    def _has_open_circuit(self, candidate: Candidate) -> bool:
        return self._runtime.board.barred(candidate.place.deployment, time.time()) is not None

    def _hopeless(self) -> Failure:
        """The failure that it is to have no candidate."""
        made = self.legs[-1].plan
        if made.barred:
            reason = UNAVAILABLE if all(map(self._has_open_circuit, made.barred)) else BUSY
            return Failure(reason, None, "no candidate")
        too_small = all("context window" in left.why for left in made.excluded)
        return Failure(CONTEXT_WINDOW if too_small else UNFIT, None, "no candidate")

    def _other_key(self, attempt: Attempt, failure: Failure) -> Attempt | None:
        deployment = attempt.deployment
        if failure.reason not in (RATE_LIMITED, REFUSED_US) or len(deployment.credentials.all) < 2:
            return None
        tried = {
            made.credential.id for made in self._call.attempts if made.deployment is deployment and made.credential
        }
        other = keys.pick(self._runtime.board, deployment, time.time(), tried)
        return None if other is None else self._call.attempt_at(deployment, other, "another key of the same deployment")

    def _sibling(self, attempt: Attempt, failure: Failure) -> Attempt | None:
        if failure.reason in ELSEWHERE:
            return self._next("the one before failed")
        if failure.reason != CONTEXT_WINDOW:
            return None
        window = attempt.deployment.place.context_window or 0
        self._left = deque(left for left in self._left if (left.place.context_window or 0) > window)
        return self._next("its context window is larger")

    def _fallback(self, failure: Failure) -> Attempt | None:
        for fallback in self.legs[-1].route.policy.fallbacks:
            route = self._catalog.by_id.get(fallback.route)
            been = route is not None and any(leg.route.id == route.id for leg in self.legs)
            if route is None or been or not answers(fallback.on, fallback.statuses, failure):
                continue
            self._enter(route)
            found = self._next(f"fallback to {route.name}") or self._fallback(failure)
            if found is not None:
                return found
        return None

    def _again(self) -> Attempt | None:
        """The same deployment once more, where that may help, within the retry budget."""
        board, now = self._runtime.board, time.time()
        for made in self._call.attempts:
            if made.failure is None or not made.failure.again or board.barred(made.deployment.id, now) is not None:
                continue
            wait = backoff.seconds(self._retries + 1, made.failure.wait)
            if wait is None or not board.budget(self._call.route.id).take():
                continue
            self._retries += 1
            again = self._call.attempt_at(made.deployment, made.credential, "the same once more")
            again.wait = wait
            return again
        return None


def _reasons(made: Plan) -> str:
    said = "; ".join(f"{left.place.label}: {left.why}" for left in made.excluded[:5])
    return f"No deployment of this model takes this call. {said}."
