"""Ask a deployment for a word, so that no caller has to find out whether it is well."""

import time

import orjson
from redis.exceptions import RedisError

from accounts.crypto import UnsealError
from llmproxy.actions import calling_provider
from llmproxy.adapters.probe import PROBES
from llmproxy.health import reading
from llmproxy.models import ModelDeployment
from llmproxy.routing.health.board import Told
from llmproxy.transport.request import UpstreamRequest

# Until the next probe and a little longer: a deployment that a probe found ill stays closed off in between.
ILL_SECONDS = 90.0


def execute(deployment: ModelDeployment) -> str:
    """What is wrong with it, "" where nothing is; every process is told. Never raises for the deployment's sake."""
    began = time.monotonic()
    problem = _problem(deployment)
    now, key = time.time(), str(deployment.pk)
    known = reading.overview()
    try:
        if problem:
            reading.tell(Told(key, now + ILL_SECONDS, 1, f"probe: {problem}", now))
        elif key in known.circuits:
            reading.tell(Told(key, 0.0, 0, "", now))
        took = int((time.monotonic() - began) * 1000)
        reading.note_probe(key, {"at": now, "problem": problem, "milliseconds": took})
    except (RedisError, OSError):
        return problem or "the shared store is away"
    return problem


def _problem(deployment: ModelDeployment) -> str:
    provider = deployment.provider
    try:
        access = calling_provider.fresh_access(provider)
    except (UnsealError, ValueError) as error:
        return str(error) or "the stored key cannot be opened"
    make = PROBES.get(provider.wire)
    if make is None or deployment.kind != "chat":
        url = access.adapter.discovery_url(provider.discovery_path or "models")
        request = UpstreamRequest("GET", url, calling_provider.headers(provider, access), b"", access.timeouts)
    else:
        probe = make(deployment.upstream_model)
        url = access.adapter.url(probe.endpoint, deployment.upstream_model)
        headers, body = calling_provider.headers(provider, access), orjson.dumps(probe.body)
        request = UpstreamRequest("POST", url, headers, body, access.timeouts)
    _, answer = calling_provider.call(provider, request, access.credentials.pick())
    if answer.status is None:
        return f"no answer: {answer.problem}"
    # A limit or a refusal of our words is no illness: it answers.
    return f"status {answer.status}" if answer.status >= 500 or answer.status in (401, 403, 404) else ""
