"""Embeddings for a client of one wire from a provider of the other."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from uuid_utils.compat import uuid7

from llmproxy.adapters.adapter import segment
from llmproxy.catalog import Deployment
from llmproxy.errors import UpstreamFailed, WireNotSpoken
from llmproxy.pipeline.provider_wire import WIRES
from llmproxy.pipeline.translation import object_of, refusal_of, ruled
from llmproxy.wires.canonical.answer import Facts
from llmproxy.wires.canonical.errors import BadAnswer, WireError
from llmproxy.wires.embedding import PROVIDERS, spoken_to
from llmproxy.wires.embedding.vectors import EmbeddingClient, Texts, Vectors
from llmproxy.wires.openai_chat import NEVER_FROM_CLIENTS, Prepared
from llmproxy.wires.taps.tap import Tap
from llmproxy.wires.usage import Usage

PATHS: Mapping[str, Callable[[str], str]] = {
    "openai_chat": lambda _: "embeddings",
    "bedrock_converse": lambda _: "invoke",
    "gemini": lambda model: f"models/{segment(model)}:batchEmbedContents",
}


class EmbeddingTranslation:
    """One attempt's request in the deployment's wire, and the reading of its answer. See Exchange.

    Raises:
        InvalidParameter, ParameterNotSupported: as Translation does.
        WireNotSpoken: the deployment's wire has no embeddings that are translated.
    """

    stream_type = ""

    def __init__(self, client: EmbeddingClient, body: Mapping[str, Any], deployment: Deployment, model: str) -> None:
        wire = next((name for name in (deployment.wire, *sorted(deployment.wires)) if name in PROVIDERS), None)
        if wire is None:
            raise WireNotSpoken
        self._client, self._provider, self._body = client, spoken_to(wire, deployment.upstream_model), body
        self.translated_to = wire
        self._facts = Facts(f"embd-{uuid7().hex}", model, int(time.time()))
        self._texts, self.prepared = self._written(deployment)
        self.path, self.query = PATHS[wire](deployment.upstream_model), ""
        self.forwarded, self.defaults = WIRES[wire].forwarded, WIRES[wire].defaults
        self._vectors: Vectors | None = None

    def usage_of(self, body: bytes) -> Usage | None:
        """See Exchange. Raises UpstreamFailed where the answer makes no sense."""
        return self._read(body).usage

    def answer(self, body: bytes) -> bytes:
        """See Exchange."""
        return orjson.dumps(self._client.write(self._read(body), self._facts, self._body))

    def filtered(self, body: bytes) -> bool:
        """Never."""
        return False

    def tap(self) -> Tap:
        """Never called: embeddings are not streamed."""
        raise UpstreamFailed

    def _written(self, deployment: Deployment) -> tuple[Texts, Prepared]:
        unwanted = tuple(name for name in (*NEVER_FROM_CLIENTS, *deployment.rules.drop) if name in self._body)
        try:
            texts = self._client.read({name: self._body[name] for name in self._body if name not in unwanted})
            written = self._provider.write(texts, deployment.upstream_model)
        except WireError as error:
            raise refusal_of(error) from error
        body = ruled(written, deployment.rules)
        return texts, Prepared(orjson.dumps(body), False, (*unwanted, *texts.left_out))

    def _read(self, body: bytes) -> Vectors:
        """Read once, and there has to be a vector for each text."""
        if self._vectors is None:
            try:
                found = self._provider.read(object_of(body))
            except BadAnswer as error:
                raise UpstreamFailed(str(error)) from error
            if len(found.vectors) != len(self._texts.texts):
                raise UpstreamFailed("The provider gave another number of embeddings than it was asked for.")
            self._vectors = found
        return self._vectors
