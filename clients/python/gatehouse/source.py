"""Where requests get their token from: fetched once for all who wait, renewed before it expires."""

import asyncio
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

from gatehouse.errors import BindingRefused, GatehouseError, LoginNeeded, NotReachable, Refused
from gatehouse.grants import Grant
from gatehouse.http import Reply, base_url, post_form, refusal
from gatehouse.proofs import ProofKey, origin
from gatehouse.stores import MemoryStore, Store
from gatehouse.token import Token

# What SDKs put a key into beside or instead of `Authorization`; the token replaces them all.
KEY_HEADERS = ("x-api-key", "api-key", "x-goog-api-key", "x-portkey-api-key")


class TokenSource:
    """Tokens of one gateway for one grant. Safe to share between threads and event loops.

    Attributes:
        url: the gateway's address; tokens are sent nowhere else.
    """

    def __init__(
        self,
        url: str,
        grant: Grant,
        *,
        scope: str = "",
        proof_key: ProofKey | None = None,
        store: Store | None = None,
        allow_http: bool = False,
    ) -> None:
        """Raises GatehouseError where `url` is no address that secrets may be sent to.

        Args:
            scope: fewer scopes than the grant has; all of them where it is empty.
            proof_key: binds every token to this key (DPoP).
        """
        self.url = base_url(url, allow_http=allow_http)
        self._grant, self._scope, self._proof_key = grant, scope, proof_key
        self._store: Store = store or MemoryStore()
        self._lock = threading.Lock()

    def token(self, valid_for: float = 0.0) -> Token:
        """One that holds. Raises Refused, LoginNeeded, BindingRefused, NotReachable.

        Args:
            valid_for: seconds for which whoever gets it will not ask again.
        """
        kept = self._usable()
        return kept if kept is not None and kept.is_fresh(valid_for) else self._renewed(valid_for)

    async def token_async(self) -> Token:
        """As `token`; the event loop goes on while one is fetched."""
        kept = self._usable()
        return kept if kept is not None and kept.is_fresh() else await asyncio.to_thread(self._renewed)

    def headers(self, method: str, url: str, token: Token) -> dict[str, str]:
        """What a request carries. Raises GatehouseError where it goes to somebody else than our gateway."""
        if origin(url) != origin(self.url):
            raise GatehouseError(f"The token is for {origin(self.url)}, not for {urlsplit(url).netloc}.")
        found = {"Authorization": f"{token.kind} {token.value}"}
        if token.kind == "DPoP" and self._proof_key is not None:
            found["DPoP"] = self._proof_key.proof(method, url, token.value)
        return found

    def again(self, url: str, token: Token, status: int, headers: Mapping[str, str]) -> bool:
        """Whether a request that was answered so is worth one more try, with what was learnt from the answer."""
        news = self._proof_key is not None and self._proof_key.learn(url, headers.get("dpop-nonce"))
        if status != 401:
            return False
        challenge = headers.get("www-authenticate", "")
        if "use_dpop_nonce" in challenge:
            return news
        with self._lock:
            if self._store.load() == token:
                self._store.save(None)  # it was ended before its time
        return True

    def _usable(self) -> Token | None:
        kept = self._store.load()
        wanted = "Bearer" if self._proof_key is None else "DPoP"
        return kept if kept is not None and kept.kind == wanted and kept.seconds_left() > 0 else None

    def _renewed(self, valid_for: float = 0.0) -> Token:
        with self._lock, self._store.alone():
            kept = self._usable()
            if kept is not None and kept.is_fresh(valid_for):
                return kept  # somebody else fetched it while we waited
            try:
                token = self._fetched()
            except NotReachable:
                if kept is not None:
                    return kept  # it holds for a while yet
                raise
            self._store.save(token)
            return token

    def _fetched(self) -> Token:
        reply = self._answer()
        if reply.status == 400 and self._proof_key is not None and self._wants_nonce(reply):
            reply = self._answer()
        if reply.status != 200:
            error = refusal(reply)
            if error.code == "invalid_grant":
                raise LoginNeeded("The session has ended. Sign in again.") from error
            raise NotReachable(str(error)) if error.status in (429, 502, 503, 504) else error
        answer = reply.json()
        self._grant.answered(answer)
        try:
            token = Token.of_answer(answer)
        except (KeyError, ValueError, TypeError) as error:
            raise NotReachable("The token endpoint's answer holds no token.") from error
        if self._proof_key is not None and token.kind != "DPoP":
            raise BindingRefused("The gateway gave a token that is not bound to our key.")
        return token

    def _answer(self) -> Reply:
        endpoint = f"{self.url}/oauth/token"
        form, headers = self._grant.asked(self.url)
        if self._scope:
            form["scope"] = self._scope
        if self._proof_key is not None:
            headers["DPoP"] = self._proof_key.proof("POST", endpoint)
        reply = post_form(endpoint, form, headers)
        if self._proof_key is not None and reply.status == 200:
            self._proof_key.learn(endpoint, reply.headers.get("dpop-nonce"))
        return reply

    def _wants_nonce(self, reply: Reply) -> bool:
        key = self._proof_key
        wanted = key is not None and key.learn(f"{self.url}/oauth/token", reply.headers.get("dpop-nonce"))
        return wanted and refusal(reply).code == "use_dpop_nonce"


def without_keys(headers: Mapping[str, str]) -> list[str]:
    """The names of `headers` that the token replaces: an SDK's own key must not go along."""
    return [name for name in headers if name.lower() in KEY_HEADERS]


__all__ = ["KEY_HEADERS", "Refused", "TokenSource", "without_keys"]
