"""Clients that make calls of random cost one after the other, and somebody who kills workers and the store."""

import asyncio
import json
import os
import random
import re
import signal
import time
from collections import Counter

from tests.e2e.product import Product

CLIENTS = 200
BUSY_USERS = 6
# A refusal says whose it is: `Budget “all”: …`.
RULE = re.compile("(Budget|Limit) “([^”]+)”")
FREE = ("per-user", "tokens", "places")
PAID = "paid"


def asked(product: Product) -> tuple[str, bytes]:
    """One call: which kind, and its body. Half of those that cost money are for three users who soon have none left."""
    kind = random.choice((PAID, PAID, PAID, "per-user", "tokens", "places"))
    user = f"hot-{random.randint(1, 3)}" if random.random() < 0.5 else f"user-{random.randint(1, 2000)}"
    body = {
        "model": product.first_run["model"] if kind == PAID else kind, "max_tokens": random.randint(1, 400),
        "user": f"busy-{random.randint(1, BUSY_USERS)}" if kind == "per-user" else user,
        "messages": [{"role": "user", "content": "word " * random.randint(1, 200)}],
    }  # fmt: skip
    return kind, json.dumps(body).encode()


async def outcome(product: Product, kind: str, body: bytes) -> str:
    """Of a call over a connection of its own: which kind was answered, which rule refused, the status, or `away`."""
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {product.first_run['api_key']}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    ).encode()
    writer = None
    try:
        async with asyncio.timeout(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", product.port)
            writer.write(head + body)
            answer = await reader.read()
        status = int(answer[9:12])
    except (OSError, TimeoutError, ValueError):
        return "away"
    finally:
        if writer is not None:
            writer.close()
    if status == 200:
        return f"answered {kind}"
    rule = RULE.search(answer.decode(errors="replace"))
    return " ".join(rule.groups()) if status == 429 and rule else str(status)


async def client(product: Product, until: float, seen: Counter[str]) -> None:
    """Calls one after the other; after a refusal, a pause."""
    while time.monotonic() < until:
        how = await outcome(product, *asked(product))
        seen[how] += 1
        if not how.startswith("answered"):
            await asyncio.sleep(random.random())


async def clients(product: Product, until: float, seen: Counter[str]) -> None:
    """All of them."""
    await asyncio.gather(*(client(product, until, seen) for _ in range(CLIENTS)))


async def killer(product: Product, until: float, killed: Counter[str]) -> None:
    """Now a worker, now the store: killed, not asked."""
    while time.monotonic() < until - 3:
        await asyncio.sleep(random.uniform(2.5, 5))
        what = random.choice(["granian", "granian", "valkey-server"])
        pids = product.pids(what)[1 if what == "granian" else 0 :]  # the first of the web is the workers' parent
        if pids:
            os.kill(random.choice(pids), signal.SIGKILL)
            killed[what] += 1
