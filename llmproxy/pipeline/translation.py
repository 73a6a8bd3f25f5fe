"""The client speaks one wire, the deployment another: everything goes through the canonical form."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from uuid_utils.compat import uuid7

from accounts.errors import GatehouseError
from llmproxy.catalog import Deployment
from llmproxy.errors import InvalidParameter, ParameterNotSupported, UpstreamFailed, WireNotSpoken
from llmproxy.pipeline.answers import said_to_fail
from llmproxy.pipeline.provider_wire import WIRES
from llmproxy.pipeline.translating_tap import TranslatingTap
from llmproxy.wires.canonical.answer import Answer, Facts
from llmproxy.wires.canonical.errors import BadAnswer, BadRequest, ProviderFailed, UnsupportedParameter, WireError
from llmproxy.wires.canonical.free_text import as_functions
from llmproxy.wires.canonical.request import FREE_TEXT, Request
from llmproxy.wires.filtered import is_taken_away
from llmproxy.wires.openai_chat import NEVER_FROM_CLIENTS, Prepared, Rules
from llmproxy.wires.registry import PROVIDERS
from llmproxy.wires.sides import ClientSide, ProviderSide
from llmproxy.wires.usage import Usage

Header = tuple[bytes, bytes]


class Translation:
    """One attempt's request in the deployment's wire, and the reading of its answer. See Exchange.

    Args:
        model: the public name, which the answer says.

    Raises:
        InvalidParameter: the request is none of the client's wire.
        ParameterNotSupported: the deployment's wire cannot say what it says.
        WireNotSpoken: the deployment's wire is none that others are translated into.
    """

    def __init__(
        self, client: ClientSide, body: Mapping[str, Any], deployment: Deployment, model: str, *, stream: bool
    ) -> None:
        self._client = client
        self._body = body
        self.translated_to = _translated_to(deployment)
        self._side, self._wire = PROVIDERS[self.translated_to], WIRES[self.translated_to]
        self._facts = Facts(f"{client.id_prefix}{uuid7().hex}", model, int(time.time()), body)
        self._answer: Answer | None = None
        self.path = self._wire.path(deployment.upstream_model, stream)
        self.prepared = _prepared(client, self._side, body, deployment, stream, self.path)
        self.query = self._wire.stream_query if stream else ""
        self.forwarded, self.defaults = self._wire.forwarded, self._wire.defaults
        self.stream_type = self._wire.stream_type

    def usage_of(self, body: bytes) -> Usage | None:
        """See Exchange. Raises UpstreamFailed and its like where the answer makes no sense."""
        return self._read(body).usage

    def answer(self, body: bytes) -> bytes:
        """See Exchange."""
        try:
            return self._client.write(self._read(body), self._facts)
        except BadAnswer as error:
            raise UpstreamFailed(str(error)) from error

    def filtered(self, body: bytes) -> bool:
        """See Exchange."""
        return is_taken_away(self._read(body))

    def tap(self) -> TranslatingTap:
        """See Exchange."""
        return TranslatingTap(self._side.parser(), self._client.renderer(self._facts, self._body))

    def _read(self, body: bytes) -> Answer:
        """Read once: usage and answer come from the same."""
        if self._answer is None:
            try:
                self._answer = self._side.read(object_of(body))
            except ProviderFailed as failure:
                raise said_to_fail(failure.status, str(failure)) from failure
            except BadAnswer as error:
                raise UpstreamFailed(str(error)) from error
        return self._answer


def _translated_to(deployment: Deployment) -> str:
    """The first of the deployment's wires that others are translated into. Raises WireNotSpoken."""
    for name in (deployment.wire, *sorted(deployment.wires)):
        if name in PROVIDERS:
            return name
    raise WireNotSpoken


def _prepared(
    client: ClientSide, side: ProviderSide, body: Mapping[str, Any], deployment: Deployment, stream: bool, path: str
) -> Prepared:
    """The provider's body: what the row drops never gets so far as to be refused."""
    rules = deployment.rules
    unwanted = tuple(name for name in (*NEVER_FROM_CLIENTS, *rules.drop) if name in body)
    try:
        request = client.read({name: body[name] for name in body if name not in unwanted} if unwanted else body, stream)
        request, dropped = _within_the_model(request, side, deployment).without(rules.drop)
        if not _takes_free_text(side, rules):
            request = as_functions(request)
        written = side.write(request, deployment.upstream_model)
        if not deployment.adapter.names_model(path):
            written.pop("model", None)
    except WireError as error:
        raise refusal_of(error) from error
    left_out = dict.fromkeys((*unwanted, *dropped, *request.left_out_by(side.supported)))
    return Prepared(orjson.dumps(ruled(written, rules)), False, tuple(left_out))


def _within_the_model(request: Request, side: ProviderSide, deployment: Deployment) -> Request:
    """A limit above what the model is known to put out is that: providers refuse it, and no answer is longer.

    Clients of one maker's models ask for 32,000 or 64,000 tokens by default, which others' do not have.
    """
    able, limit = deployment.place.max_output, request.max_tokens or side.usual_limit
    return request if able is None or limit is None or limit <= able else replace(request, max_tokens=able)


def _takes_free_text(side: ProviderSide, rules: Rules) -> bool:
    """Whether the provider has tools of free text; most servers of OpenAI's chat wire do not."""
    usually = side.usually_free_text if rules.free_text is None else rules.free_text
    return usually and FREE_TEXT in side.supported


def ruled(written: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """The provider's body with the row's rules, as where nothing is translated."""
    return rules.applied(written) if rules else written


def refusal_of(error: WireError) -> GatehouseError:
    """What the client gets for a request that cannot be read, or cannot be said to the provider."""
    kind = ParameterNotSupported if isinstance(error, UnsupportedParameter) else InvalidParameter
    return kind(str(error), param=error.param if isinstance(error, BadRequest) else None)


def object_of(body: bytes) -> Mapping[str, Any]:
    """A provider's answer, parsed. Raises BadAnswer."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("The provider's answer was not JSON.") from error
    if not isinstance(parsed, dict):
        raise BadAnswer("The provider's answer was no JSON object.")
    return parsed
