"""Calls of the demonstration: a working day's mixture, sent to the running gateway as any client would."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import requests
from django.conf import settings

PARALLEL = 4
TIMEOUT = 60.0  # seconds
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 (compared with, not bound)
QUESTIONS = (
    "Summarise this claim in two sentences.",
    "Draft a friendly reminder for an appointment.",
    "Which clauses does this policy leave open?",
    "Suggest a headline for an article on tides.",
)

Call = tuple[str, dict[str, object]]


class NotRunning(Exception):
    """No gateway answers."""


def address() -> str:
    """Where the gateway of these settings listens."""
    host = settings.GATEHOUSE_HOST
    reachable = ANY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{reachable}:{settings.GATEHOUSE_PORT}"


def check_running(url: str) -> None:
    """Raises NotRunning unless the gateway is ready."""
    try:
        with _session() as session:
            status = session.get(f"{url}/readyz", timeout=TIMEOUT).status_code
    except requests.RequestException as error:
        raise NotRunning(f"Gatehouse does not answer at {url}: start it first with `make run`.") from error
    if status != requests.codes.ok:
        raise NotRunning(f"Gatehouse at {url} is not ready ({status}): {url}/readyz says why.")


def send(url: str, keys: Sequence[str], count: int) -> Iterator[int]:
    """Send `count` calls; the status of each as it is known. Raises requests.RequestException."""
    jobs = list(islice(zip(cycle(keys), cycle(_mixture()), strict=False), count))
    with _session() as session, ThreadPoolExecutor(PARALLEL) as pool:
        yield from pool.map(lambda job: _send(session, url, *job), jobs)


def counted(statuses: Sequence[int]) -> str:
    """How many calls ended with which status, in words."""
    return ", ".join(f"{number} × {status}" for status, number in sorted(Counter(statuses).items()))


def _mixture() -> list[Call]:
    """Mostly good answers, streamed and whole; some slow, some refused, a few that fail."""
    plain = [_chat(question, stream=turn % 2 == 0) for turn in range(5) for question in QUESTIONS]
    vectors: list[Call] = [("/v1/embeddings", {"model": "search-vectors", "input": text}) for text in QUESTIONS]
    troubled: list[Call] = [
        _chat("A slow one.", simulator="latency=400ms"),
        _chat("A busy provider.", simulator="error=429"),
        _chat("A broken provider.", simulator="error=500"),
        _chat("A cut-off stream.", stream=True, simulator="cutoff=3"),
        ("/v1/chat/completions", {"model": "no-such-model", "messages": [{"role": "user", "content": "?"}]}),
    ]
    return [*plain, *vectors, *troubled]


def _chat(question: str, *, stream: bool = False, simulator: str = "") -> Call:
    body: dict[str, object] = {"model": "assistant", "messages": [{"role": "user", "content": question}]}
    if stream:
        body["stream"] = True
    if simulator:
        body["metadata"] = {"simulator": simulator}
    return "/v1/chat/completions", body


def _send(session: requests.Session, url: str, key: str, call: Call) -> int:
    path, body = call
    headers = {"Authorization": f"Bearer {key}"}
    return session.post(f"{url}{path}", json=body, headers=headers, timeout=TIMEOUT).status_code


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # our own gateway is never behind a proxy of the environment's
    return session
