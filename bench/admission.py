"""What limits, budgets and policy cost a call that three of each concern; exit 1 over 60 µs at the median.

    PYTHONPATH=platform:. python bench/admission.py

Works on a database and a Valkey of its own in a temporary directory. Measured is what a call pays on the event loop: to
find out whose it is and how large it may become, to reserve in each rule, to settle by what it used, and the headers.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from statistics import quantiles
from types import SimpleNamespace
from typing import Any

import django
import orjson

FOLDER = Path(tempfile.mkdtemp(prefix="gh-bench-"))
os.environ["GATEHOUSE_DATA"] = str(FOLDER)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 (only after setup)
from django.core.management import call_command  # noqa: E402

from accounts.actions import create_api_key, rotate_signing_key  # noqa: E402
from accounts.apps import AccountsConfig  # noqa: E402
from accounts.models import Organisation, Team  # noqa: E402
from accounts.principal import Principal  # noqa: E402
from config.asgi import application  # noqa: E402
from config.embedded.valkey import Valkey  # noqa: E402
from llmproxy.actions import ensure_simulator  # noqa: E402
from llmproxy.apps import LlmproxyConfig  # noqa: E402
from llmproxy.models import Budget, Limit, ModelDeployment, Price  # noqa: E402
from llmproxy.pipeline import admission, costing, sizing  # noqa: E402
from llmproxy.pipeline.call import Call  # noqa: E402
from llmproxy.pipeline.client_wire import OPENAI_CHAT  # noqa: E402
from llmproxy.wires.usage import Usage  # noqa: E402

CALLS = 20_000
WHOLE_CALLS, ROUNDS = 1_000, 5
TARGET_US = 60.0
BODY = {"model": "demo", "max_tokens": 200, "messages": [{"role": "user", "content": "word " * 150}], "user": "ann"}


def rows() -> tuple[Organisation, Team]:
    """A priced model, and rules that leave room."""
    organisation = Organisation.objects.create(name="Bench", slug="bench")
    team = Team.objects.create(organisation=organisation, name="Bench")
    ensure_simulator.execute()
    deployment = ModelDeployment.objects.get(upstream_model="simulator-chat")
    Price.objects.create(deployment=deployment, input=Decimal(1), output=Decimal(10))
    for name, more in {"all": {}, "team": {"team": team}, "each key": {"per": ["key"]}}.items():
        Budget.objects.create(organisation=organisation, name=name, amount=10_000_000, **more)
    Limit.objects.create(organisation=organisation, name="calls", unit="requests", amount=10**9)
    Limit.objects.create(organisation=organisation, name="tokens", unit="tokens", amount=10**12, per=["key"])
    Limit.objects.create(organisation=organisation, name="places", unit="parallel", window="", amount=10**6)
    return organisation, team


def call_of(runtime: Any, principal: Principal) -> Call:
    """As a view makes it, without an attempt at a provider."""
    raw = orjson.dumps(BODY)
    request: Any = SimpleNamespace(headers={}, request_id="r")
    route = runtime.catalog.current.models_for(principal.organisation_id)["demo"]
    call = Call(
        request, principal, "chat/completions", "demo", route, False, OPENAI_CHAT, raw, BODY, None  # type: ignore[arg-type]
    )  # fmt: skip
    call.attempts.append(SimpleNamespace(deployment=route.deployments[0], upstream_status=200))  # type: ignore[arg-type]
    return call


async def measured(runtime: Any, principal: Principal, count: int) -> list[float]:
    """Microseconds of each call."""
    found = []
    usage = Usage(input=160, output=50)
    for number in range(count):
        call = call_of(runtime, principal)
        began = time.perf_counter_ns()
        sizing.size_up(runtime.catalog.current, call)
        await admission.admit(runtime, call)
        admission.headers(call)
        call.usage = usage
        costing.settle_usage(call)
        admission.settle(call)
        found.append((time.perf_counter_ns() - began) / 1000)
        if number % 20 == 0:
            await asyncio.sleep(0.005)  # as between calls: 4,000 a second; leases are renewed meanwhile
    return found


async def main() -> int:
    """Print and judge."""
    runtime = LlmproxyConfig.current().runtime
    await measured(runtime, PRINCIPAL, 2_000)
    await asyncio.sleep(0.5)
    costs = await measured(runtime, PRINCIPAL, CALLS)
    cuts = quantiles(costs, n=1000)
    print(f"3 limits + 3 budgets: p50 {cuts[499]:.1f} p90 {cuts[899]:.1f} p99 {cuts[989]:.1f} us of {len(costs)} calls")
    rules, runtime.catalog.current = runtime.catalog.current, without_rules(runtime.catalog.current)
    bare = quantiles(await measured(runtime, PRINCIPAL, CALLS), n=1000)
    print(f"no rules:             p50 {bare[499]:.1f} p90 {bare[899]:.1f} p99 {bare[989]:.1f} us")
    found: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):  # by turns: a shared machine is slower now and faster then
        for ruled in (False, True):
            runtime.catalog.current = rules if ruled else without_rules(rules)
            found[ruled].append(await whole_calls(runtime))
    without, with_rules = min(found[False]), min(found[True])
    print(f"whole calls, simulator, no network: p50 {without:.0f} us without rules, {with_rules:.0f} us with")
    await admission.close(runtime)
    return 0 if cuts[499] <= TARGET_US else 1


async def whole_calls(runtime: Any) -> float:
    """Median microseconds of a call through the whole data plane: key, permissions, route, records, simulator."""
    body = orjson.dumps(BODY)
    scope = {
        "type": "http", "method": "POST", "path": "/v1/chat/completions", "query_string": b"",
        "client": ("127.0.0.1", 1),
        "headers": [
            (b"authorization", b"Bearer " + KEY.encode()), (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ],
    }  # fmt: skip
    found = []
    for number in range(WHOLE_CALLS):
        incoming = [{"type": "http.request", "body": body, "more_body": False}]
        status: list[int] = []

        async def receive(messages: list[dict[str, Any]] = incoming) -> dict[str, Any]:
            return messages.pop() if messages else await asyncio.Event().wait()  # type: ignore[return-value]

        async def send(message: dict[str, Any], seen: list[int] = status) -> None:
            seen.append(message.get("status", 0))

        began = time.perf_counter_ns()
        await application(dict(scope), receive, send)
        found.append((time.perf_counter_ns() - began) / 1000)
        if status[0] != 200:
            raise SystemExit(f"a call was answered {status[0]}")
        if number % 20 == 0:
            await asyncio.sleep(0.005)
    return quantiles(found[WHOLE_CALLS // 10 :], n=2)[0]


def without_rules(catalog: Any) -> Any:
    """The same snapshot where nothing limits anybody."""
    from dataclasses import replace

    from llmproxy.catalog.rules import NO_RULES

    return replace(catalog, rules=NO_RULES)


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    TENANT, TEAM = rows()
    PRINCIPAL = Principal(
        "api_key", "key:1", "1", str(TENANT.pk), str(TEAM.pk), "app", frozenset(), "api_key", key_id="1"
    )  # fmt: skip
    rotate_signing_key.ensure()
    KEY = create_api_key.execute(TENANT, "bench", team=TEAM).plain
    server = Valkey(settings.VALKEY_SOCKET, FOLDER / "valkey-data")
    server.prepare()
    with subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        server.wait_until_it_answers()
        LlmproxyConfig.current().runtime.stale_seconds = 3600
        AccountsConfig.current().watcher.poll()
        try:
            status = asyncio.run(main())
        finally:
            process.terminate()
    sys.exit(status)
