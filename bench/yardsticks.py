"""Other gateways in the same run: HAProxy with a JWT check, LiteLLM, Portkey; what does not install here says why."""

import base64
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import machine
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from load import Target

LITELLM = "1.106.2"
PORTKEY = "1.15.2"

HAPROXY = """\
global
    nbthread 1
    maxconn 9000
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    option http-no-delay
frontend entry
    bind 127.0.0.1:{port}
    http-request set-var(txn.bearer) http_auth_bearer
    http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
    http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')
    http-request set-var(txn.now) date()
    http-request deny deny_status 401 unless {{ var(txn.alg) -m str ES256 }}
    http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_verify(txn.alg,"{pem}") -m int 1 }}
    http-request deny deny_status 401 if {{ var(txn.exp),sub(txn.now) -m int lt 0 }}
    default_backend provider
backend provider
    http-reuse always
    server upstream 127.0.0.1:{upstream} maxconn 9000
"""


class NotInstalled(Exception):
    """This yardstick cannot run here; the text says why."""


def public_key_pem(base_url: str) -> bytes:
    """The gateway's ES256 verification key as PEM, from its JWK set."""
    with urllib.request.urlopen(f"{base_url}/.well-known/jwks.json", timeout=5) as answer:
        keys = json.load(answer)["keys"]
    jwk = next(key for key in keys if key.get("alg") == "ES256")
    numbers = EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), SECP256R1())
    return numbers.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


@contextmanager
def haproxy(upstream: int, token: str, pem: bytes, cache: Path) -> Iterator[Target]:
    """HAProxy that verifies the same token with the same key. Raises NotInstalled."""
    program = shutil.which("haproxy")
    if program is None:
        raise NotInstalled("haproxy is not on PATH (Debian package haproxy)")
    port = machine.free_port()
    (cache / "jwt.pem").write_bytes(pem)
    (cache / "haproxy.cfg").write_text(HAPROXY.format(port=port, pem=cache / "jwt.pem", upstream=upstream))
    with _running([program, "-db", "-f", str(cache / "haproxy.cfg")], port, cache / "haproxy.log", 10) as pids:
        yield Target("HAProxy", port, [f"Authorization: Bearer {token}"], pids=pids)


@contextmanager
def litellm(upstream: int, cache: Path) -> Iterator[Target]:
    """LiteLLM's proxy with its master key, without a database. Raises NotInstalled."""
    program = cache / "litellm" / "bin" / "litellm"
    if not program.exists():
        _install([sys.executable, "-m", "venv", str(cache / "litellm")])
        _install([str(cache / "litellm" / "bin" / "pip"), "install", "-q", f"litellm[proxy]=={LITELLM}"])
    port = machine.free_port()
    model = {"model": "openai/bench", "api_base": f"http://127.0.0.1:{upstream}/v1", "api_key": "none"}
    config = {
        "model_list": [{"model_name": "bench", "litellm_params": model}],
        "general_settings": {"master_key": "sk-bench"},
    }
    (cache / "litellm.yaml").write_text(json.dumps(config))
    command = [str(program), "--config", str(cache / "litellm.yaml"), "--host", "127.0.0.1", "--port", str(port)]
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    with _running(command, port, cache / "litellm.log", 60, environment) as pids:
        yield Target("LiteLLM", port, ["Authorization: Bearer sk-bench"], pids=pids)


@contextmanager
def portkey(upstream: int, cache: Path) -> Iterator[Target]:
    """Portkey's gateway; it checks no credential of its own. Raises NotInstalled."""
    if shutil.which("npm") is None:
        raise NotInstalled("npm is not on PATH")
    server = cache / "portkey" / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    if not server.exists():
        _install(["npm", "install", "--silent", "--prefix", str(cache / "portkey"), f"@portkey-ai/gateway@{PORTKEY}"])
    port = machine.free_port()
    headers = ["Authorization: Bearer none", "x-portkey-provider: openai"]
    headers.append(f"x-portkey-custom-host: http://127.0.0.1:{upstream}/v1")
    with _running(["node", str(server), f"--port={port}", "--headless"], port, cache / "portkey.log", 30) as pids:
        yield Target("Portkey", port, headers, pids=pids)


def _install(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=240)
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout or "").strip().splitlines()[-1:]
        raise NotInstalled(" ".join(last)[:200] or f"{command[0]} failed") from error
    except subprocess.TimeoutExpired as error:
        raise NotInstalled("its installation took more than 4 minutes") from error


@contextmanager
def _running(
    command: list[str], port: int, log: Path, patience: float, environment: dict[str, str] | None = None
) -> Iterator[list[int]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, start_new_session=True, env={**os.environ, **(environment or {})}
        )
        try:
            _await(port, patience, log)
            pids = machine.descendants(process.pid)
            machine.pin(pids, machine.GATEWAY_CORE)
            yield pids
        finally:
            machine.stop(process, 5)


def _await(port: int, patience: float, log: Path) -> None:
    try:
        machine.wait_for(port, patience)
    except TimeoutError as error:
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise NotInstalled(f"did not start: {' '.join(last)[:160]}") from error
