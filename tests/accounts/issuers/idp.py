"""Another issuer: its keys, its tokens, and its metadata over HTTP on loopback."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from accounts.tokens.keys import SigningKeyPair
from tests.accounts.tokens.forge import encoded, signature_of

AUDIENCE = "https://gateway.example/ai"


class Idp:
    """One issuer.

    Args:
        issuer: its `iss`.
        alg: what it signs with.
    """

    def __init__(self, issuer: str = "https://idp.example", alg: str = "ES256") -> None:
        self.issuer = issuer
        self.key = SigningKeyPair.generate(alg)

    def jwk(self, **changed: Any) -> dict[str, Any]:
        """Its public key as it publishes it."""
        good = {**self.key.public_jwk(), "kid": self.key.kid, "alg": self.key.alg, "use": "sig", **changed}
        return {name: value for name, value in good.items() if value is not ...}

    def jwks(self) -> dict[str, Any]:
        """Its key set."""
        return {"keys": [self.jwk()]}

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Good claims with changes; `...` leaves one out."""
        now = int(time.time())
        good = {
            "iss": self.issuer, "aud": AUDIENCE, "sub": "alice@idp", "iat": now, "exp": now + 600,
            "jti": secrets.token_urlsafe(12), "client_id": "cli", "groups": ["engineers"],
        }  # fmt: skip
        return {name: value for name, value in {**good, **changed}.items() if value is not ...}

    def token(self, header: dict[str, Any] | None = None, key: SigningKeyPair | None = None, **changed: Any) -> str:
        """A token, really signed."""
        signer = key or self.key
        said = {"alg": signer.alg, "typ": "at+jwt", "kid": self.key.kid, **(header or {})}
        head = {name: value for name, value in said.items() if value is not ...}
        parts = [encoded(json.dumps(part).encode()) for part in (head, self.claims(**changed))]
        signing_input = ".".join(parts)
        return f"{signing_input}.{encoded(signature_of(signer, signing_input.encode()))}"


class Site:
    """What an issuer has on the web: bytes by path, and which paths were asked for."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.pages: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.asked: list[str] = []

    def put(self, path: str, body: Any, status: int = 200, **headers: str) -> None:
        """Publish."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.pages[path] = (status, raw, headers)

    def publish(self, idp: Idp, path: str = "") -> None:
        """Metadata and key set of an issuer below our address."""
        idp.issuer = f"{self.url}{path}"
        members = {"issuer": idp.issuer, "jwks_uri": f"{self.url}/keys"}
        self.put(f"{path}/.well-known/openid-configuration", members)
        self.put("/keys", idp.jwks())


@contextmanager
def running_site() -> Iterator[Site]:
    """On a free port."""
    site = Site(0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            status, body, headers = site.pages.get(self.path, (404, b"{}", {}))
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
