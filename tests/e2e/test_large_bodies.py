"""A request with an image of 20 MB keeps the worker's memory under three times its size (issue 4)."""

import base64
import os
from pathlib import Path

import pytest

from tests.e2e.product import Answer, Product

pytestmark = pytest.mark.processes
DATA = base64.b64encode(os.urandom(14_900_000)).decode()  # 19.9 MB
MOST = 3 * len(DATA)


def status(pid: int, name: str) -> int:
    """A figure of /proc/<pid>/status in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)


def chat(product: Product, data: str) -> Answer:
    """Passed through."""
    url = {"url": f"data:image/png;base64,{data}"}
    content = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": url}]
    return product.call("POST", "/v1/chat/completions", {"model": "whole", "messages": [told(content)]})


def messages(product: Product, data: str) -> Answer:
    """Translated for a provider of chat completions."""
    source = {"type": "base64", "media_type": "image/png", "data": data}
    content = [{"type": "text", "text": "look"}, {"type": "image", "source": source}]
    return product.call("POST", "/v1/messages", {"model": "whole", "max_tokens": 9, "messages": [told(content)]})


def told(content: list[dict[str, object]]) -> dict[str, object]:
    """One message of the user's."""
    return {"role": "user", "content": content}


@pytest.mark.parametrize("ask", [chat, messages], ids=["passed through", "translated"])
def test_memory_stays_under_three_times_the_request(product: Product, ask: object) -> None:
    assert callable(ask)
    for _ in range(8):  # every worker has answered once
        assert ask(product, "iVBORw0KGgo=").status == 200
    pids = product.pids()
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the high-water mark begins anew
    before = {pid: status(pid, "VmRSS") for pid in pids}
    assert ask(product, DATA).status == 200
    grown = {pid: status(pid, "VmHWM") - before[pid] for pid in pids}
    print({pid: f"{size / len(DATA):.2f} times" for pid, size in grown.items() if size > len(DATA) / 10})
    assert max(grown.values()) > len(DATA) / 2, "the wrong processes were looked at"
    assert max(grown.values()) < MOST, f"{max(grown.values()) / len(DATA):.2f} times the request"
