"""The door: a request in, the answer of a server that speaks OpenAI's wire out."""

import hashlib
import re
from urllib.parse import unquote, urlsplit

from llmproxy.simulator import models
from llmproxy.simulator.chat import chat
from llmproxy.simulator.embeddings import embeddings
from llmproxy.simulator.faults import Plan
from llmproxy.simulator.pacing import Clock
from llmproxy.simulator.parameters import Body, parsed
from llmproxy.simulator.refusal import Refused
from llmproxy.simulator.response import EVENTS, JSON, Headers, SimulatedResponse
from llmproxy.simulator.streaming import events, faulty, whole
from llmproxy.transport.errors import BadUpstreamAnswer
from llmproxy.transport.request import UpstreamRequest

VERSION = re.compile(r"^/v1(?=/|$)")
HTML = b"<html><head><title>%d</title></head><body><h1>%d</h1><p>simulated proxy</p></body></html>"
NAMES = {401: "invalid_request_error", 403: "invalid_request_error", 429: "requests"}
CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}


async def answer(request: UpstreamRequest) -> SimulatedResponse:
    """Answer `request`; returns when its head is there, as Transport.open does.

    Raises:
        FirstByteTimeout, TotalTimeout: more slowness was asked for than the request allows.
        BadUpstreamAnswer: a reset before the first chunk was asked for.
    """
    clock = Clock(request.timeouts)
    try:
        return await _answered(request, clock)
    except Refused as refused:
        headers = (*JSON, *refused.headers, _request_id(request))
        return SimulatedResponse(refused.status, headers, iter((refused.body(),)), clock)


async def _answered(request: UpstreamRequest, clock: Clock) -> SimulatedResponse:
    path = VERSION.sub("", unquote(urlsplit(request.url).path)).rstrip("/")
    if path == "/models" or path.startswith("/models/"):
        _only("GET", request, path)
        body = models.listed() if path == "/models" else models.shown(path.removeprefix("/models/"))
        return SimulatedResponse(200, (*JSON, _request_id(request)), iter((body,)), clock)
    if path not in ("/chat/completions", "/embeddings"):
        raise Refused(f"Invalid URL ({request.method} /v1{path[:200]})", status=404)
    _only("POST", request, path)
    asked = parsed(request.body)
    plan = models.plan_of(asked, models.CHAT if path == "/chat/completions" else models.EMBEDDINGS)
    if (early := await _before(plan, request, clock)) is not None:
        return early
    headers = (_request_id(request),)
    return await (_chat if path == "/chat/completions" else _embeddings)(asked, plan, headers, clock)


def _only(method: str, request: UpstreamRequest, path: str) -> None:
    if request.method != method:
        message = f"Not allowed to {request.method} on /v1{path[:200]}."
        headers = ((b"allow", method.encode()),)
        raise Refused(message, status=405, code="method_not_supported", headers=headers)


async def _before(plan: Plan, request: UpstreamRequest, clock: Clock) -> SimulatedResponse | None:
    """What happens instead of an answer."""
    if plan.hang:
        await clock.before_head(float("inf"))
    await clock.before_head(plan.latency)
    if plan.reset == 0:
        raise BadUpstreamAnswer
    retry = () if plan.retry_after is None else ((b"retry-after", b"%d" % plan.retry_after),)
    if plan.error:
        raise Refused(
            f"The simulator was asked for the error {plan.error}.", status=plan.error, headers=retry,
            kind=NAMES.get(plan.error, "invalid_request_error" if plan.error < 500 else "server_error"),
            code=CODES.get(plan.error),
        )  # fmt: skip
    if plan.status:
        headers: Headers = ((b"content-type", b"text/html"), *retry, _request_id(request))
        return SimulatedResponse(plan.status, headers, iter((HTML % (plan.status, plan.status),)), clock)
    return None


async def _chat(body: Body, plan: Plan, headers: Headers, clock: Clock) -> SimulatedResponse:
    made = chat(body, plan)
    if made.stream:
        return SimulatedResponse(200, (*EVENTS, *headers), events(made, plan), clock)
    if plan.rate:  # an answer in one piece comes when its last token is there
        await clock.before_head(made.usage["completion_tokens"] / plan.rate)
    return SimulatedResponse(200, (*JSON, *headers), faulty(whole(made), plan), clock)


async def _embeddings(body: Body, plan: Plan, headers: Headers, clock: Clock) -> SimulatedResponse:
    return SimulatedResponse(200, (*JSON, *headers), faulty(embeddings(body), plan), clock)


def _request_id(request: UpstreamRequest) -> tuple[bytes, bytes]:
    """The same for the same request, as everything here."""
    seed = request.method.encode() + request.url.encode("utf-8", "replace") + b"\n" + request.body
    return b"x-request-id", b"req_" + hashlib.sha256(seed).hexdigest()[:32].encode()
