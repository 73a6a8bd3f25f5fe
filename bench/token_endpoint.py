"""How many tokens `/oauth/token` issues a second on one core: by a client's secret, and in exchange for an API key.

    python bench/token_endpoint.py [seconds]

Starts the product on a data directory of its own, its web process alone on one core; wrk shares the other with the
rest. Every token is signed (ES256), and on record on disk before it is handed out.
"""

import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

import gateway
import load

SECONDS = 8
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
FORM = "Content-Type: application/x-www-form-urlencoded"


def main() -> None:
    """Start, load, print."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
        home = Path(folder)
        with gateway.running(home / "data", 9, home / "log") as product, product.ingestion_paused():
            for name, form in forms(product).items():
                os.environ["BENCH_BODY"] = urlencode(form)
                target = load.Target(name, product.port, [FORM], path="/oauth/token", pids=product.web)
                print(line(name, load.throughput(target, seconds)), flush=True)


def forms(product: gateway.Product) -> dict[str, dict[str, str]]:
    """What is sent."""
    known = product.first_run
    by_secret = {"grant_type": "client_credentials", "client_id": known["client_id"]}
    key = {"subject_token": known["api_key"], "subject_token_type": "urn:gatehouse:token-type:api-key"}
    return {
        "client_credentials": {**by_secret, "client_secret": known["client_secret"]},
        "token exchange": {"grant_type": EXCHANGE, **key},
    }


def line(name: str, found: dict[str, float]) -> str:
    """One result."""
    bad = found["refused"] + found["broken"]
    times = f"p50 {found['p50_ms']:.0f} ms, p99 {found['p99_ms']:.0f} ms at {load.CONNECTIONS} connections"
    return (
        f"{name:20} {found['per_second']:6.0f} a second, {found['cpu_us']:.0f} us of processor, {times}, {bad} not 200"
    )


if __name__ == "__main__":
    main()
