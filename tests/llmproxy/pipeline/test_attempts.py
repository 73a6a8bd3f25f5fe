"""Attempts: a provider that fails, is slow or out of quota is not the client's problem; the log says what was done."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import orjson
import pytest

from accounts.shared_store import SharedStore
from llmproxy.models import ModelDeployment, Provider, ProviderCredential, Route, RouteDeployment, RouteFallback
from llmproxy.pipeline.sizing import candidates
from tests.llmproxy.pipeline.two_providers import TwoProviders, attempts, refusing
from tests.upstream import ANSWER, Received, Reply


async def hang(_: Received, reply: Reply) -> None:
    await asyncio.Event().wait()


async def cut(_: Received, reply: Reply) -> None:
    reply.writer.close()


async def short_stream(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    await reply.event({"choices": [{"delta": {"content": "hello"}}]})
    await reply.end_stream()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (refusing(500), "unavailable: status 500"),
        (refusing(503), "unavailable: status 503"),
        (refusing(529), "unavailable: status 529"),
        (refusing(408), "unavailable: status 408"),
        (refusing(409), "unavailable: status 409"),
        (refusing(429), "rate_limited: status 429"),
        (refusing(401), "refused_us: status 401"),
        (refusing(404), "missing: status 404"),
        (cut, "unavailable: upstream_bad_answer"),
    ],
)
async def test_a_failing_provider_is_not_the_clients_problem(
    two: TwoProviders, script: Callable[..., object], said: str
) -> None:
    two.one.script = script  # type: ignore[assignment]
    answer = await two.ask()
    assert (answer.status, answer.json()) == (200, ANSWER)
    assert answer.headers["x-gatehouse-deployment"] == "two/model"
    assert answer.headers["x-gatehouse-attempts"] == "2"
    (record,) = await two.terminal()
    assert attempts(record) == [("one", said), ("two", "answered")]
    assert record["provider"] == "two"


async def test_a_slow_provider_gives_way_after_the_routes_own_timeout(two: TwoProviders) -> None:
    two.one.script = hang
    await two.set(Route, first_byte_timeout=0.2)
    answer = await two.ask()
    assert answer.status == 200
    await asyncio.wait_for(two.one.closed.wait(), 5)
    assert attempts((await two.terminal())[0]) == [
        ("one", "unavailable: upstream_first_byte_timeout"),
        ("two", "answered"),
    ]


async def test_a_stream_is_rescued_before_its_first_byte(two: TwoProviders) -> None:
    two.one.script, two.two.script = refusing(503), short_stream
    answer = await two.ask({"stream": True})
    assert answer.status == 200 and b"hello" in answer.body and answer.body.endswith(b"data: [DONE]\n\n")
    assert answer.headers["x-gatehouse-deployment"] == "two/model"


async def test_what_is_the_clients_fault_is_not_tried_elsewhere(two: TwoProviders) -> None:
    two.one.script = refusing(400)
    answer = await two.ask()
    assert answer.status == 400 and not two.two.received
    assert answer.headers["x-gatehouse-attempts"] == "1"


async def test_where_all_fail_the_last_failure_is_told_and_nobody_is_asked_for_ever(two: TwoProviders) -> None:
    two.one.script, two.two.script = refusing(500), refusing(503)
    answer = await two.ask()
    assert answer.status in (502, 503) and answer.headers["x-gatehouse-attempts"] == "3"
    assert len(two.one.received) + len(two.two.received) == 3


async def test_the_only_deployment_is_asked_again_where_that_may_help(two: TwoProviders) -> None:
    await two.do(lambda: RouteDeployment.objects.filter(deployment__provider__slug="two").delete())
    answers = iter((refusing(500), refusing(429, None, "retry-after: 0")))

    async def recovering(request: Received, reply: Reply) -> None:
        script = next(answers, None)
        await (script(request, reply) if script else reply.json(ANSWER))

    two.one.script = recovering
    answer = await two.ask()
    assert answer.status == 200 and answer.headers["x-gatehouse-attempts"] == "3"


async def test_a_provider_that_asks_for_patience_is_not_asked_again_at_once(two: TwoProviders) -> None:
    await two.do(lambda: RouteDeployment.objects.filter(deployment__provider__slug="two").delete())
    two.one.script = refusing(429, None, "retry-after: 30")
    answer = await two.ask()
    assert answer.status == 429 and answer.headers["retry-after"] == "30"
    assert len(two.one.received) == 1


async def test_retries_at_one_deployment_have_a_budget(two: TwoProviders) -> None:
    await two.do(lambda: RouteDeployment.objects.filter(deployment__provider__slug="two").delete())
    await two.deployment("one", breaker_failures=0)
    two.one.script = refusing(500)
    for _ in range(20):
        await two.ask()
    # Twenty calls earn four retries; ten are there from the start.
    assert len(two.one.received) <= 20 + 14


async def test_another_key_is_taken_where_one_is_out_of_quota(two: TwoProviders) -> None:
    def second_key() -> None:
        row = ProviderCredential(provider=Provider.objects.get(slug="one"), name="second", weight=0)
        row.set_secret("sk-second-0123456789")
        row.save()

    await two.do(second_key)

    async def by_key(request: Received, reply: Reply) -> None:
        spare = request.headers["authorization"] == "Bearer sk-second-0123456789"
        await (reply.json(ANSWER) if spare else refusing(429)(request, reply))

    two.one.script = by_key
    first, second = await two.ask(), await two.ask()
    assert (first.status, first.headers["x-gatehouse-attempts"]) == (200, "2")
    # The first key rests now: the second call does not try it.
    assert (second.status, second.headers["x-gatehouse-attempts"]) == (200, "1")
    assert not two.two.received
    keys = [attempt["key"] for attempt in (await two.terminal())[0]["attrs"]["plan"]["attempts"]]
    assert keys == ["default", "second"]


async def test_a_circuit_opens_and_the_provider_is_left_alone(two: TwoProviders) -> None:
    two.one.script = refusing(500)
    await two.deployment("one", breaker_failures=3)
    for _ in range(5):
        assert (await two.ask()).status == 200
    assert len(two.one.received) == 3
    last = (await two.terminal())[-1]["attrs"]["plan"]["legs"][0]
    assert last["excluded"][0]["to"] == "one/model"
    assert last["excluded"][0]["why"].startswith("its circuit is open: status 500; tried again in ")


async def test_after_a_while_one_call_tries_and_closes_the_circuit(two: TwoProviders) -> None:
    two.one.script = refusing(500)
    await two.deployment("one", breaker_failures=1, breaker_seconds=300.0)
    await two.ask()
    circuit = two.runtime.board.circuits[await first_id(two)]
    circuit.until = 1.0  # the time is over
    two.one.script = answer_well
    assert (await two.ask()).headers["x-gatehouse-deployment"] == "one/model"
    assert not circuit.until


async def answer_well(_: Received, reply: Reply) -> None:
    await reply.json(ANSWER)


async def first_id(two: TwoProviders) -> str:
    found: list[str] = []
    await two.do(lambda: found.append(str(ModelDeployment.objects.get(provider__slug="one").pk)))
    return found[0]


async def test_where_every_circuit_is_open_one_attempt_is_made_all_the_same(two: TwoProviders) -> None:
    two.one.script = two.two.script = refusing(500)
    await two.set(ModelDeployment, breaker_failures=1)
    await two.ask()
    two.one.script = two.two.script = answer_well
    answer = await two.ask()
    assert (answer.status, answer.headers["x-gatehouse-attempts"]) == (200, "1")


TOO_LONG = {"error": {"code": "context_length_exceeded", "message": "too long"}}
NOT_ALLOWED = {"error": {"code": "content_policy_violation", "message": "not allowed"}}


@pytest.mark.parametrize(
    ("on", "statuses", "script", "rescued"),
    [
        ("context_window", [], refusing(400, TOO_LONG), True),
        ("content_policy", [], refusing(400, NOT_ALLOWED), True),
        ("content_policy", [], refusing(400, TOO_LONG), False),
        ("rate_limited", [], refusing(429), True),
        ("unavailable", [], refusing(500), True),
        ("unavailable", [], refusing(400), False),
        ("status", [451], refusing(451), True),
        ("status", [451], refusing(452), False),
        ("any", [], refusing(400, TOO_LONG), True),
        ("any", [], refusing(400), False),
    ],
)
async def test_a_fallback_is_for_its_class_of_failures(
    two: TwoProviders, on: str, statuses: list[int], script: Callable[..., object], rescued: bool
) -> None:
    def split() -> None:
        other = Route.objects.create(organisation=two.world.organisation, public_name="other")
        RouteDeployment.objects.filter(deployment__provider__slug="two").update(route=other)
        RouteFallback.objects.create(
            route=Route.objects.get(public_name="public"), target=other, on=on, statuses=statuses
        )

    await two.do(split)
    two.one.script = script  # type: ignore[assignment]
    answer = await two.ask({"max_tokens": 5})
    assert (answer.status == 200) is rescued
    assert bool(two.two.received) is rescued
    if rescued:
        record = (await two.terminal())[0]
        assert record["attrs"]["plan"]["attempts"][1]["why"] == "fallback to other"
        assert [leg["route"] for leg in record["attrs"]["plan"]["legs"]] == ["public", "other"]


async def test_a_client_that_leaves_between_attempts_is_not_served_any_more(two: TwoProviders) -> None:
    gone, waiting = asyncio.Event(), asyncio.Event()

    async def then_leaves(request: Received, reply: Reply) -> None:
        waiting.set()
        await refusing(500)(request, reply)

    two.one.script, two.two.script = then_leaves, hang
    asking = asyncio.ensure_future(two.ask(gone=gone))
    await waiting.wait()
    while not two.two.received:  # noqa: ASYNC110 (the second attempt is on its way)
        await asyncio.sleep(0.01)
    gone.set()
    await asyncio.wait_for(asking, 5)
    await asyncio.wait_for(two.two.closed.wait(), 5)
    (record,) = await two.terminal()
    assert record["type"] == "proxy.request.aborted"
    assert attempts(record) == [("one", "unavailable: status 500"), ("two", "withdrawn")]
    assert not [load for load in two.runtime.board.loads.values() if load.running]


async def test_a_hedged_call_asks_the_next_and_takes_the_faster(two: TwoProviders) -> None:
    two.one.script = hang
    await two.set(Route, hedge_after=0.1)
    answer = await two.ask()
    assert answer.status == 200 and answer.headers["x-gatehouse-deployment"] == "two/model"
    await asyncio.wait_for(two.one.closed.wait(), 5)
    assert attempts((await two.terminal())[0]) == [("one", "withdrawn"), ("two", "answered")]


async def test_a_stream_is_never_hedged(two: TwoProviders) -> None:
    async def late(request: Received, reply: Reply) -> None:
        await asyncio.sleep(0.3)
        await short_stream(request, reply)

    two.one.script = late
    await two.set(Route, hedge_after=0.05)
    assert (await two.ask({"stream": True})).status == 200
    assert not two.two.received


async def test_a_full_deployment_gives_way_and_the_last_one_lets_wait(two: TwoProviders) -> None:
    release = asyncio.Event()

    async def held(_: Received, reply: Reply) -> None:
        await release.wait()
        await reply.json(ANSWER)

    two.one.script = two.two.script = held
    await two.set(ModelDeployment, max_parallel=1, queue_seconds=5.0)
    calls = [asyncio.ensure_future(two.ask()) for _ in range(3)]
    while len(two.one.received) + len(two.two.received) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert (len(two.one.received), len(two.two.received)) == (1, 1)
    release.set()
    answers = await asyncio.wait_for(asyncio.gather(*calls), 5)
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert not [load for load in two.runtime.board.loads.values() if load.running]


async def test_who_finds_no_place_in_time_is_told_when_to_come_back(two: TwoProviders) -> None:
    two.one.script = two.two.script = hang
    await two.set(ModelDeployment, max_parallel=1, queue_seconds=0.05)
    gone = asyncio.Event()
    held = [asyncio.ensure_future(two.ask(gone=gone)) for _ in range(2)]
    while not (two.one.received and two.two.received):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    refused = await two.ask()
    assert refused.status == 503 and refused.json()["error"]["code"] == "deployment_busy"
    assert refused.headers["retry-after"] == "1"
    gone.set()
    await asyncio.gather(*held)


async def test_a_shadow_gets_a_copy_and_its_answer_goes_nowhere(two: TwoProviders) -> None:
    await two.place("two", role="shadow", share=100.0)
    two.two.script = refusing(500)
    answer = await two.ask()
    assert (answer.status, answer.headers["x-gatehouse-attempts"]) == (200, "1")
    await asyncio.wait_for(asyncio.gather(*two.runtime.shadows), 5)
    assert orjson.loads(two.two.received[0].body) == {**orjson.loads(two.one.received[0].body), "model": "model"}
    (shadow,) = await two.events("proxy.shadow.completed", "proxy.shadow.failed")
    assert (shadow["type"], shadow["provider"], shadow["http_status"]) == ("proxy.shadow.failed", "two", 500)
    assert shadow["attrs"]["shadow"] is True and shadow["cost_nano"] == 0
    (record,) = await two.terminal()
    assert record["attrs"]["plan"]["legs"][0]["shadows"] == ["two/model"] and record["provider"] == "one"


async def test_a_shadow_that_hangs_does_not_hold_up_the_call(two: TwoProviders) -> None:
    await two.place("two", role="shadow", share=100.0)
    two.two.script = hang
    assert (await asyncio.wait_for(two.ask(), 5)).status == 200
    for task in list(two.runtime.shadows):
        task.cancel()
    await asyncio.gather(*two.runtime.shadows, return_exceptions=True)


async def test_a_call_that_nobody_takes_is_told_why(two: TwoProviders) -> None:
    await two.set(RouteDeployment, conditions={"metadata": {"tier": "gold"}})
    refused = await two.ask()
    assert refused.status == 400 and refused.json()["error"]["code"] == "no_deployment_fits"
    assert "one/model: metadata.tier is not gold; two/model" in refused.json()["error"]["message"]
    assert (await two.ask({"metadata": {"tier": "gold"}})).status == 200


async def test_the_caller_may_demand_where_the_call_is_served(two: TwoProviders) -> None:
    await two.do(lambda: Provider.objects.filter(slug="two").update(region="eu-west-1", data_policy=["no_training"]))
    demanding = [("content-type", "application/json"), ("x-gatehouse-regions", "EU")]
    assert (await two.ask(headers=demanding)).headers["x-gatehouse-deployment"] == "two/model"
    assert (await two.ask()).headers["x-gatehouse-deployment"] == "one/model"
    policy = [("content-type", "application/json"), ("x-gatehouse-data-policy", "zero_retention")]
    assert (await two.ask(headers=policy)).status == 400


async def test_calls_of_a_session_stay_together(two: TwoProviders) -> None:
    await two.set(Route, strategy="weighted", sticky="session")
    await two.set(RouteDeployment, priority=0)

    async def served(session: str) -> set[str]:
        headers = [("content-type", "application/json"), ("x-gatehouse-session", session)]
        return {(await two.ask(headers=headers)).headers["x-gatehouse-deployment"] for _ in range(4)}

    found = [await served(f"session-{number}") for number in range(12)]
    assert all(len(one) == 1 for one in found)
    assert len(set().union(*found)) == 2


async def test_a_simple_call_leaves_a_short_plan_on_record(two: TwoProviders) -> None:
    await two.do(lambda: RouteDeployment.objects.filter(deployment__provider__slug="two").delete())
    await two.ask()
    (record,) = await two.terminal()
    plan = record["attrs"]["plan"]
    assert set(plan) == {"route", "attempts"} and len(plan["attempts"]) == 1
    assert plan["attempts"][0]["result"] == "answered" and plan["attempts"][0]["took_us"] > 0


async def test_planning_retrying_and_noting_ask_nobody_and_hop_to_no_thread(
    two: TwoProviders, database_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await two.set(Route, strategy="fastest", sticky="principal")
    two.one.script = refusing(500)
    await two.ask()
    database_calls.clear()
    hops: list[str] = []
    monkeypatch.setattr(ThreadPoolExecutor, "submit", lambda *_, **__: hops.append("hop"))
    monkeypatch.setattr(SharedStore, "ask", lambda *_, **__: hops.append("store"))
    for _ in range(6):
        assert (await two.ask()).status == 200
    assert database_calls == [] and hops == []


async def test_all_that_may_come_to_serve_a_call_is_reckoned_with(two: TwoProviders) -> None:
    """Budgets reserve for the dearest of them: also for a fallback's fallback, never for a shadow."""

    def chain() -> None:
        deployments = {row.provider.slug: row for row in ModelDeployment.objects.select_related("provider")}
        routes = [
            Route.objects.create(organisation=two.world.organisation, public_name=name) for name in ("next", "last")
        ]
        RouteDeployment.objects.filter(deployment__provider__slug="two").update(role="shadow")
        dear = ModelDeployment.objects.create(provider=deployments["two"].provider, upstream_model="dear")
        RouteDeployment.objects.create(route=routes[1], deployment=dear)
        RouteFallback.objects.create(route=Route.objects.get(public_name="public"), target=routes[0])
        RouteFallback.objects.create(route=routes[0], target=routes[1])

    await two.do(chain)
    await two.ask()
    catalog = two.runtime.catalog.current
    route = catalog.models_for(str(two.world.organisation.pk))["public"]
    found = candidates(catalog, SimpleNamespace(route=route))  # type: ignore[arg-type]  # only its route is asked for
    assert [deployment.place.label for deployment in found] == ["one/model", "two/dear"]
