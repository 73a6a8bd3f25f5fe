"""A gateway on loopback that takes nothing that the specifications do not allow, and counts what it is asked."""

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from accounts.tokens.client_assertion import ClientAssertion
from accounts.tokens.client_key import ClientKey
from accounts.tokens.dpop import proof_of
from accounts.tokens.errors import TokenRefused
from accounts.tokens.proof_target import Target

CLIENT_ID, SECRET, API_KEY = "gthc_robot", "s3cret+/=%&:ü", "gth_live_key"


@dataclass
class StrictGateway:
    """Its state, for tests to set and to look at.

    Attributes:
        nonce: what proofs must carry; empty for none.
        pause: an event that the token endpoint waits for.
        broken: statuses that the token endpoint answers first.
    """

    url: str = ""
    life: int = 600
    nonce: str = ""
    keys: list[ClientKey] = field(default_factory=list)
    refresh: str = ""
    binds: bool = True
    fetched: int = 0
    called: list[dict[str, str]] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    pause: threading.Event = field(default_factory=threading.Event)
    tokens: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def end_all(self) -> None:
        """Every token is refused from here on."""
        self.tokens.clear()

    def proved(self, handler: "Handler", token: str | None = None) -> str | None:
        """The thumbprint of a good proof, once; None without one. Raises TokenRefused."""
        given = handler.headers.get_all("DPoP") or []
        if not given:
            return None
        assert len(given) == 1
        target = Target.of(handler.command, self.url, handler.path.partition("?")[0])
        proof = proof_of(given[0], target, time.time(), token)
        if self.nonce and proof.nonce != self.nonce:
            raise TokenRefused("use_dpop_nonce")
        with self.lock:
            if proof.identity in self.seen:
                raise TokenRefused("dpop_replayed")
            self.seen.add(proof.identity)
        return proof.thumbprint


class Handler(BaseHTTPRequestHandler):
    """The two paths."""

    protocol_version = "HTTP/1.1"
    gateway: StrictGateway

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        """As POST."""
        self.do_POST()

    def do_POST(self) -> None:
        """Either the token endpoint or a call."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            self._token(body) if self.path == "/oauth/token" else self._call(body)
        except TokenRefused as error:
            self._refused(str(error.reason))

    def _refused(self, reason: str) -> None:
        gateway, at_token = self.gateway, self.path == "/oauth/token"
        wants = reason == "use_dpop_nonce"
        extra = {"DPoP-Nonce": gateway.nonce} if wants else {}
        if not at_token:
            extra["WWW-Authenticate"] = f'DPoP error="{"use_dpop_nonce" if wants else "invalid_token"}"'
        code = "use_dpop_nonce" if wants else ("invalid_dpop_proof" if at_token else "invalid_token")
        self._answer(400 if at_token else 401, {"error": code, "error_description": reason}, extra)

    def _token(self, body: bytes) -> None:
        gateway = self.gateway
        gateway.pause.wait(10)
        gateway.fetched += 1
        if gateway.broken:
            status = gateway.broken.pop(0)
            return self._answer(status, {"error": "temporarily_unavailable"}, {})
        form = {name: values[0] for name, values in parse_qs(body.decode(), strict_parsing=True).items()}
        more = self._granted(form)
        if more is None:
            code = "invalid_grant" if form["grant_type"] == "refresh_token" else "invalid_client"
            return self._answer(400 if code == "invalid_grant" else 401, {"error": code}, {})
        jkt = gateway.proved(self)
        value, kind = f"a.b.{secrets.token_urlsafe(8)}", "DPoP" if jkt and gateway.binds else "Bearer"
        gateway.tokens[value] = jkt or ""
        answer = {"access_token": value, "token_type": kind, "expires_in": gateway.life, "scope": form.get("scope", "")}
        return self._answer(200, {**answer, **more}, {})

    def _granted(self, form: dict[str, str]) -> dict[str, str] | None:
        match form["grant_type"]:
            case "client_credentials" if "client_assertion" in form:
                assertion = ClientAssertion.read(form["client_assertion"])
                assertion.verify(self.gateway.keys, self.gateway.url, time.time())
                return {}
            case "client_credentials":
                decoded = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
                pair = tuple(unquote_plus(part) for part in decoded.split(":"))
                return {} if pair == (CLIENT_ID, SECRET) else None
            case "refresh_token":
                if form["refresh_token"] != self.gateway.refresh or form["client_id"] != "password-login":
                    return None
                self.gateway.refresh = f"gthr_{secrets.token_urlsafe(6)}"
                return {"refresh_token": self.gateway.refresh}
        return {} if form["subject_token"] == API_KEY else None

    def _call(self, body: bytes) -> None:
        gateway, headers = self.gateway, {name.lower(): value for name, value in self.headers.items()}
        gateway.called.append({**headers, "body": body.decode(errors="replace")})
        scheme, _, value = headers.get("authorization", "").partition(" ")
        jkt = gateway.tokens.get(value)
        if jkt is None or scheme != ("DPoP" if jkt else "Bearer") or (jkt and gateway.proved(self, value) != jkt):
            raise TokenRefused("invalid_token")
        self._answer(200, {"ok": True, "body": body.decode(errors="replace")}, {})

    def _answer(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
        sent = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(sent)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)


@contextmanager
def running() -> Iterator[StrictGateway]:
    """One that answers."""
    gateway = StrictGateway()
    gateway.pause.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"gateway": gateway}))
    server.daemon_threads = True
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield gateway
    finally:
        gateway.pause.set()
        server.shutdown()
        thread.join()
        server.server_close()
