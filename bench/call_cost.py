"""Processor time of the gateway for one call, without sockets: authentication, admission, audit, translation, answer.

    PYTHONPATH=platform:. python bench/call_cost.py

Works on a database of its own in a temporary directory; the provider's answer is in memory. The best of several rounds
is shown, as noise only adds: on a busy machine this tells more of a change than requests per second do.
"""

import asyncio
import os
import tempfile
import time
from typing import Any

import django
import orjson

ROUNDS, CALLS = 12, 250
WORDS = "hello " * 60
MESSAGE = {"role": "assistant", "content": "hello " * 100}
ANSWER = {
    "id": "x", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
}  # fmt: skip
TURN = {"model": "demo", "messages": [{"role": "user", "content": WORDS}]}
ASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "chat completions, passed through": ("/v1/chat/completions", TURN),
    "Messages, translated": ("/v1/messages", {**TURN, "max_tokens": 9}),
    "Responses, translated": ("/v1/responses", {"model": "demo", "input": WORDS, "store": False}),
    "generateContent, translated": (
        "/v1beta/models/demo:generateContent",
        {"contents": [{"parts": [{"text": WORDS}]}]},
    ),
}


class Answered:
    """A provider's answer that is there at once."""

    status = 200
    headers = ((b"content-type", b"application/json"),)

    async def read(self, most: int) -> bytes:
        return orjson.dumps(ANSWER)

    async def aclose(self) -> None:
        return None


class Transport:
    """Opens nothing."""

    async def open(self, request: object) -> Answered:
        return Answered()

    async def close(self) -> None:
        return None


def main() -> None:
    """Set up, measure, print."""
    os.environ["GATEHOUSE_DATA"] = tempfile.mkdtemp(prefix="gatehouse-bench-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    key = prepared()
    for name, (path, body) in ASKS.items():
        print(f"{name:40} {asyncio.run(cost(path, orjson.dumps(body), key)) * 1e6:8.1f} us")
    os._exit(0)  # the recorder's thread has nothing worth waiting for


def prepared() -> str:
    """An organisation with a key for the built-in model, and no network; the key."""
    # Here, not above: Django is set up by now.
    from django.apps import apps
    from django.core.management import call_command

    from accounts.actions import create_api_key, rotate_signing_key
    from accounts.models import Organisation
    from llmproxy.actions import ensure_simulator

    call_command("migrate", verbosity=0)
    rotate_signing_key.ensure()
    key: str = create_api_key.execute(Organisation.objects.create(name="Bench", slug="bench"), "bench").plain
    ensure_simulator.execute()
    runtime = apps.get_app_config("llmproxy").runtime
    runtime.stale_seconds, runtime.transport = 1e9, Transport()
    apps.get_app_config("accounts").watcher.poll()
    return key


async def cost(path: str, body: bytes, key: str) -> float:
    """Seconds of processor time a call."""
    from config.asgi import application

    headers = [(b"content-type", b"application/json"), (b"authorization", b"Bearer " + key.encode())]
    headers.append((b"content-length", str(len(body)).encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("bench", 80),
    }  # fmt: skip
    assert await call(application, scope, body) == 200
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(CALLS):
            await call(application, scope, body)
        best = min(best, (time.process_time() - began) / CALLS)
    return best


async def call(application: Any, scope: dict[str, Any], body: bytes) -> int:
    """One call; its status."""
    arrived = [{"type": "http.request", "body": body, "more_body": False}]
    status = 0

    async def receive() -> dict[str, Any]:
        if not arrived:
            await asyncio.Event().wait()
        return arrived.pop()

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await application(dict(scope), receive, send)
    return status


if __name__ == "__main__":
    main()
