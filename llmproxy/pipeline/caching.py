"""A call and the response cache: answered from it, or its answer kept there. Without a rule, one look at a dict."""

import asyncio
import time
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from accounts.principal import Principal
from accounts.single_use import StoreAway
from llmproxy.caching.name import entry_name
from llmproxy.caching.rule import CacheRule
from llmproxy.caching.sealed import Kept
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.runtime import Runtime
from llmproxy.pricing import cost_nano
from llmproxy.wires.usage import Usage

logger = structlog.get_logger(__name__)
HEADER = b"x-gatehouse-cache"
CACHED_KINDS = frozenset(("chat", "embeddings"))
# Request headers that decide the answer; the others that go on do not.
DECIDING = ("openai-beta", "anthropic-version", "anthropic-beta")
# What the provider would keep or continue: its answer is not decided by the request alone.
STATEFUL = ("store", "background", "previous_response_id", "conversation", "container")


class Status(StrEnum):
    """What the cache did for a call; the value of the header and of the record's column."""

    HIT = "hit"
    MISS = "miss"
    REFRESHED = "refreshed"  # the client asked for a new answer (cache-control: no-cache)
    UNAVAILABLE = "unavailable"  # the store is away: the provider was asked


@dataclass(slots=True)
class CacheUse:
    """What the cache does for one call.

    Attributes:
        name: of the entry.
        found: the answer that was kept; None: the provider is asked.
        parts: what went to the client so far; None once it is too long to be kept.
    """

    rule: CacheRule
    name: str
    status: Status
    found: Kept | None = None
    parts: list[bytes] | None = field(default_factory=list)
    size: int = 0

    def add(self, part: bytes) -> None:
        """More of the answer."""
        self.size += len(part)
        if self.size > self.rule.largest_bytes:
            self.parts = None
        elif self.parts is not None:
            self.parts.append(part)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the answer says of it (RFC 9111 section 5.1 for `age`)."""
        said = [(HEADER, self.status.value.encode("ascii"))]
        if self.found is not None:
            said.append((b"age", b"%d" % max(0, int(time.time()) - self.found.kept_at)))
        return said


async def found(runtime: Runtime, call: Call) -> bytes | None:
    """The kept answer; None where the provider has to be asked. Notes in `call.cache` what it did."""
    rules = runtime.catalog.current.caches.get(call.principal.organisation_id)
    if not rules or runtime.answers is None:
        return None
    rule = rules.get(call.route.id) or rules.get("")
    control = call.request.headers.get("cache-control", "").lower()
    if rule is None or "no-store" in control or not _is_cacheable(call):
        return None
    use = call.cache = CacheUse(rule, _name(call, rule), Status.MISS)
    if "no-cache" in control:
        use.status = Status.REFRESHED
        return None
    try:
        use.found = await runtime.answers.find(call.principal.organisation_id, use.name)
    except StoreAway:
        use.status = Status.UNAVAILABLE
    if use.found is None:
        return None
    use.status, call.answer_type, call.usage = Status.HIT, use.found.answer_type, Usage()
    return use.found.body


def keep(runtime: Runtime, call: Call) -> None:
    """Keep the answer of a completed call, after the client has it."""
    use, answers = call.cache, runtime.answers
    if answers is None or use is None or not use.parts or use.status not in (Status.MISS, Status.REFRESHED):
        return
    usage, cost = call.usage, None if call.usage is None else cost_nano(call.usage, call.deployment.price)
    body, now = b"".join(use.parts), int(time.time())
    tokens_in, tokens_out = (None, None) if usage is None else (usage.input, usage.output)
    kept = Kept(body, call.answer_type, now, tokens_in, tokens_out, cost)

    async def put() -> None:
        try:
            await answers.keep(call.principal.organisation_id, use.name, kept, use.rule)
        except StoreAway:
            logger.debug("response_cache.not_kept")

    runtime.background.add(task := asyncio.get_running_loop().create_task(put()))
    task.add_done_callback(runtime.background.discard)


def _is_cacheable(call: Call) -> bool:
    if call.route.kind not in CACHED_KINDS or call.content_type != b"application/json":
        return False
    # OpenAI Responses are stored by the provider unless the request says otherwise (API reference, `store`).
    stored = call.speaks.name == "openai_responses" and call.body.get("store") is not False
    return not stored and not any(call.body.get(name) for name in STATEFUL)


def _name(call: Call, rule: CacheRule) -> str:
    asked = {
        "rule": [rule.id, rule.generation],
        "within": _within(call.principal, rule.shared_within),
        "wire": [call.speaks.name, call.endpoint, call.request.query_string.decode("latin-1")],
        "headers": [call.request.headers.get(name, "") for name in DECIDING],
        "model": [call.model, call.route.id, repr(call.route.preset)],
        "led to": [[deployment.id, deployment.upstream_model] for deployment in call.route.deployments],
        "stream": call.stream,
    }
    return entry_name(asked, call.body)


def _within(principal: Principal, shared_within: str) -> str:
    if shared_within == "organisation":
        return principal.organisation_id
    if shared_within == "team" and principal.team_id:
        return f"team:{principal.team_id}"
    return principal.subject
