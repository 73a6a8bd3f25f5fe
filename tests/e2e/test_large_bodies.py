"""A request with an image of 20 MB keeps the worker's memory well under three times its size, and gives it back."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import add_provider
from tests.e2e.product import Answer, Product, eventually
from tests.e2e.provider import Provider

pytestmark = pytest.mark.processes
DATA = base64.b64encode(os.urandom(14_900_000)).decode()  # 19.9 MB
MOST = 2.5 * len(DATA)  # the bound is three times


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


def gemini(product: Product, data: str) -> Answer:
    """Translated as well."""
    parts = [{"text": "look"}, {"inlineData": {"mimeType": "image/png", "data": data}}]
    body = {"contents": [{"role": "user", "parts": parts}], "generationConfig": {"maxOutputTokens": 9}}
    return product.call("POST", "/v1beta/models/whole:generateContent", body)


ASKS = [
    pytest.param(chat, id="passed through"),
    pytest.param(messages, id="translated"),
    pytest.param(gemini, id="translated from Gemini"),
]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Product]:
    """Where all that is said is kept, and each call reserved on a budget."""
    settings = {"GATEHOUSE_WORKERS": "1", "GATEHOUSE_EGRESS_ALLOW": f"127.0.0.1:{provider.port}"}
    one = Product(tmp_path_factory.mktemp("recording") / "data", settings)
    one.start()
    try:
        add_provider(one, provider)
        one.script(Path(__file__).parent / "full_record.py")
        eventually(lambda: _charges(one), 15, "calls are charged")
        yield one
    finally:
        one.stop()


def _charges(one: Product) -> bool:
    """The budget and the policy are in force: a call that no budget could pay is refused."""
    dear = {"model": "whole", "messages": [told([{"type": "text", "text": "hi"}])], "max_tokens": 9_000_000}
    return one.call("POST", "/v1/chat/completions", {**dear, "n": 100}).status == 429


@pytest.mark.parametrize("ask", ASKS)
def test_memory_stays_under_three_times_the_request(product: Product, ask: object) -> None:
    grows_less_than_three_times(product, ask)


@pytest.mark.parametrize("ask", ASKS)
def test_also_where_all_is_kept_and_charged(recording: Product, ask: object) -> None:
    grows_less_than_three_times(recording, ask)


def grows_less_than_three_times(product: Product, ask: object) -> None:
    """Of one request with the image, after small ones."""
    assert callable(ask)
    for _ in range(8):  # every worker has answered once
        assert ask(product, "iVBORw0KGgo=").status == 200
    pids = product.pids()
    small = {pid: status(pid, "VmRSS") for pid in pids}
    assert ask(product, DATA).status == 200  # what one request leaves behind is not to weigh on the next
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the high-water mark begins anew
    # What is not given back yet is taken by the next request, and would hide what that one needs.
    before = {pid: min(small[pid], status(pid, "VmRSS")) for pid in pids}
    assert ask(product, DATA).status == 200
    grown = {pid: status(pid, "VmHWM") - before[pid] for pid in pids}
    print({pid: f"{size / len(DATA):.2f} times" for pid, size in grown.items() if size > len(DATA) / 10})
    assert max(grown.values()) > len(DATA) / 2, "the wrong processes were looked at"
    assert max(grown.values()) < MOST, f"{max(grown.values()) / len(DATA):.2f} times the request"
    for _ in range(5):  # if each left its body behind, it would be six; allocators may sit on what one took
        assert ask(product, DATA).status == 200
    kept = {pid: status(pid, "VmRSS") - before[pid] for pid in pids}
    assert max(kept.values()) < MOST, f"{max(kept.values()) / len(DATA):.2f} times the request were kept"
