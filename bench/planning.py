"""What planning costs a call: microseconds for each strategy and number of deployments.

    PYTHONPATH=platform:. python bench/planning.py

Pure computation, no database and no sockets; the best of several rounds.
"""

import os
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import django

ROUNDS, CALLS = 9, 4000


def best(work: Callable[[], object]) -> float:
    """Microseconds of one `work`."""
    found = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(CALLS):
            work()
        found.append((time.perf_counter() - begun) / CALLS)
    return min(found) * 1e6


def deployments(number: int, **options: Any) -> Any:
    """So many, as the snapshot holds them."""
    from llmproxy.catalog import Credentials, Deployment
    from llmproxy.pricing import Price, Rates
    from llmproxy.routing.chance import salt_of
    from llmproxy.routing.place import Place
    from llmproxy.transport.request import Timeouts
    from llmproxy.wires.openai_chat import Rules

    price = Price("p", Rates(input=10**9, output=10**9))
    adapter: Any = None
    return tuple(
        Deployment(
            str(index), "p", "provider", "openai_chat", frozenset({"openai_chat"}), adapter, "model", Timeouts(),
            Rules(), Credentials(), price=price,
            place=Place(str(index), f"provider/{index}", index, salt=salt_of(str(index)), price=price, **options),
        )
        for index in range(number)
    )  # fmt: skip


def walk_of(route: Any) -> Callable[[], object]:
    """All that routing does before a call is sent."""
    from llmproxy.pipeline.slots import Slots
    from llmproxy.pipeline.walk import Walk
    from llmproxy.routing.health.board import Board

    board = Board()
    runtime: Any = SimpleNamespace(
        board=board, slots=Slots(board), catalog=SimpleNamespace(current=SimpleNamespace(by_id={}))
    )
    principal = SimpleNamespace(organisation_id="o", team_id="t", subject="key:1")
    body = {"model": "x", "messages": [{"role": "user", "content": "hello " * 60}]}
    headers = {f"x-header-{number}": "value" for number in range(12)}
    attempt = SimpleNamespace(patient=True)
    call: Any = SimpleNamespace(
        route=route, principal=principal, body=body, request=SimpleNamespace(headers=headers), attempts=[],
        attempt_at=lambda *_: attempt,
    )  # fmt: skip
    return lambda: Walk(runtime, call).begin()


def main() -> None:
    """Print the table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from llmproxy.catalog import Route
    from llmproxy.routing.conditions import conditions
    from llmproxy.routing.policy import STRATEGIES, Policy

    def route(number: int, policy: Policy, **options: Any) -> Route:
        return Route("public", "chat", 0, False, deployments(number, **options), "r", policy)

    print(f"one deployment, nothing to choose: {best(walk_of(route(1, Policy()))):.2f} µs")
    for strategy in STRATEGIES:
        figures = [best(walk_of(route(number, Policy(strategy)))) for number in (2, 5)]
        print(f"{strategy}: 2 deployments {figures[0]:.1f} µs, 5 deployments {figures[1]:.1f} µs")
    limited = conditions({"prompt_tokens": {"max": 8000}, "teams": ["t"]})
    kept = route(5, Policy("weighted", sticky="principal"), conditions=limited)
    print(f"weighted, kept together, 5 deployments with conditions: {best(walk_of(kept)):.1f} µs")


if __name__ == "__main__":
    main()
