"""SIGKILL under load: no acknowledged call is without its records, none has them twice."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import add_provider
from tests.e2e.load import SteadyCalls
from tests.e2e.product import Product, eventually
from tests.e2e.provider import Provider

pytestmark = pytest.mark.processes

VICTIMS = {"web": ("granian",), "valkey": ("valkey-server", "redis-server")}
CELERY = ("worker", "beat")
RECOVERY_SECONDS = 40.0


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Product]:
    """An installation of its own."""
    settings = {"GATEHOUSE_EGRESS_ALLOW": f"127.0.0.1:{provider.port}"}
    one = Product(tmp_path_factory.mktemp("victim") / "data", settings)
    one.start()
    try:
        add_provider(one, provider)
        yield one
    finally:
        one.stop()


def pids_of(one: Product, role: str) -> list[int]:
    """The processes of a role."""
    if role in CELERY:
        return [pid for pid in one.pids("celery") if pid in one.pids(f" {role}")]
    return [pid for word in VICTIMS[role] for pid in one.pids(word)]


def kill(one: Product, role: str) -> None:
    """SIGKILL every process of the role at once."""
    found = pids_of(one, role)
    assert found, f"no {role} process among {one.pids()}"
    for pid in reversed(found):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: set(pids_of(one, role)) - set(found), RECOVERY_SECONDS, f"{role} is started again")


EMPTYING = "from django.conf import settings; from redis import Redis; Redis.from_url(settings.REDIS_URL).flushall()"


def empty_broker(one: Product) -> None:
    """Everything that Valkey holds is gone: messages, what workers had taken, limits."""
    done = one.manage("shell", "-c", EMPTYING)
    assert done.returncode == 0, done.stderr


def test_no_acknowledged_call_loses_its_records(victim: Product) -> None:
    with SteadyCalls(victim) as calls:
        for role in ("web", "worker", "beat", "valkey", "emptied", "web"):
            eventually(lambda: victim.is_ready(), RECOVERY_SECONDS, "the product is ready")
            time.sleep(1.5)
            if role == "emptied":
                empty_broker(victim)
                continue
            kill(victim, role)
        eventually(lambda: victim.is_ready(), RECOVERY_SECONDS, "the product is ready after the last kill")
        answered = len(calls.acknowledged)
        eventually(lambda: len(calls.acknowledged) > answered + 20, RECOVERY_SECONDS, "calls are answered again")
    assert len(calls.acknowledged) > 100

    wrong: dict[str, dict[str, int]] = {}

    def complete() -> bool:
        counts = victim.proxy_events(calls.acknowledged)
        wrong.clear()
        wrong.update({one: found for one, found in counts.items() if not _is_complete(found)})
        return not wrong

    try:
        eventually(complete, 60, "every acknowledged call has its two records")
    except AssertionError as error:
        raise AssertionError(
            f"{error}: {len(wrong)} of {len(calls.acknowledged)}, such as {list(wrong.items())[:3]}"
        ) from None
    verified = victim.manage("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _is_complete(found: dict[str, int]) -> bool:
    """Started once, completed once, nothing else: an acknowledged 200 ended well."""
    return found == {"proxy.request.started": 1, "proxy.request.completed": 1}


def test_it_stops_in_order_and_starts_again_quickly(victim: Product) -> None:
    assert victim.stop() == 0
    began = time.monotonic()
    victim.start()
    assert time.monotonic() - began < 60
    assert victim.chat(model="whole").status == 200
