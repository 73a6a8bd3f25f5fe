"""Throttle classes of the data plane."""

from functools import partial
from typing import Any

from rest_framework.throttling import BaseThrottle

from llmproxy.errors import TooManyParallelCalls
from llmproxy.pipeline.runtime import Runtime


class ParallelCalls(BaseThrottle):
    """How many calls of one principal may run at once in this process."""

    def allow_request(self, request: Any, view: Any) -> bool:
        """Take a place, to be given back when the request ends. Raises TooManyParallelCalls when none is free."""
        runtime: Runtime = view.runtime
        subject: str = request.principal.subject
        if runtime.parallel[subject] >= runtime.most_parallel:
            error = TooManyParallelCalls(
                f"{runtime.most_parallel} calls of this credential are running, which is its limit (0 left). "
                "A place is free as soon as one of them ends."
            )
            error.headers = {**error.headers, "Retry-After": "1"}
            raise error
        runtime.parallel[subject] += 1
        runtime.metrics.running.inc()
        request.finishers.append(partial(_give_back, runtime, subject))
        return True


def _give_back(runtime: Runtime, subject: str) -> None:
    runtime.metrics.running.dec()
    runtime.parallel[subject] -= 1
    if runtime.parallel[subject] <= 0:
        del runtime.parallel[subject]
