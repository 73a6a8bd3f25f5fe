"""Streams whose credential is revoked in another process, on two workers."""

import threading
import time
from pathlib import Path

import pytest

from tests.e2e.product import Product, eventually
from tests.e2e.provider import Provider
from tests.e2e.streaming import Stream

pytestmark = pytest.mark.processes
END = Path(__file__).parent / "end_program.py"
END_PERSON = Path(__file__).parent / "end_person.py"
STREAMS = 8


class Running(threading.Thread):
    """One stream, read to its end."""

    def __init__(self, product: Product, token: str, model: str) -> None:
        super().__init__(daemon=True)
        self.stream = Stream(product, model, credential=token)
        self.last = ""
        self.ended_at = 0.0

    def run(self) -> None:
        with self.stream:
            for line in self.stream.lines():
                if not line.startswith(":"):
                    self.last = line
            self.ended_at = time.time()


@pytest.mark.parametrize("model", ["drip", "dawdle"])
def test_every_stream_of_an_ended_program_ends_within_about_a_second(
    product: Product, provider: Provider, model: str
) -> None:
    token = product.program_token()
    streams = [Running(product, token, model) for _ in range(STREAMS)]
    for stream in streams:
        stream.start()
    revoked_at = float(product.script(END, E2E_CLIENT_ID=product.first_run["client_id"]).split()[-1])
    eventually(lambda: all(stream.ended_at for stream in streams), 5, "every stream ends")
    assert all("credential_revoked" in stream.last for stream in streams)
    took = max(stream.ended_at for stream in streams) - revoked_at
    print(f"the last of {STREAMS} streams ended {took:.2f} s after the revocation")
    assert took < 1.2
    body = {"model": model, "messages": [{"role": "user", "content": "go"}]}
    assert product.call("POST", "/v1/chat/completions", body, credential=token).status == 401
    fresh = product.program_token()
    assert product.call("GET", "/v1/models", credential=fresh).status == 200


def test_every_stream_of_a_person_who_is_switched_off_ends_within_about_a_second(
    product: Product, provider: Provider
) -> None:
    who = {"E2E_PERSON": "leaver"}
    token = product.script(END_PERSON, **who).split("TOKEN ", 1)[1].strip()
    eventually(lambda: all(_let_in(product, token) for _ in range(8)), 5, "every worker knows the person")
    streams = [Running(product, token, "drip") for _ in range(STREAMS)]
    for stream in streams:
        stream.start()
    switched_off_at = float(product.script(END_PERSON, **who).split("AT ", 1)[1])
    eventually(lambda: all(stream.ended_at for stream in streams), 5, "every stream ends")
    assert all("credential_revoked" in stream.last for stream in streams)
    took = max(stream.ended_at for stream in streams) - switched_off_at
    print(f"the last of {STREAMS} streams ended {took:.2f} s after the person was switched off")
    assert took < 1.2


def _let_in(product: Product, token: str) -> bool:
    body = {"model": "whole", "messages": [{"role": "user", "content": "go"}]}
    return product.call("POST", "/v1/chat/completions", body, credential=token).status == 200
