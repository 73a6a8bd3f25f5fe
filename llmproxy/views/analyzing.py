"""POST /v1/analyzing: the simplest possible call, on the organisation's default route."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from llmproxy.catalog import Deployment
from llmproxy.errors import InvalidParameter, ModelNotFound, OutputNotJson
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import settle, whole
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.exchange import Exchange
from llmproxy.pipeline.translation import Translation
from llmproxy.views.completing import CompletingViewSet
from llmproxy.wires.registry import CLIENTS

FORMATS = ("text", "json")
PASSED_ON = ("temperature", "top_p", "max_tokens", "seed")
# JSON mode wants the word in the conversation (OpenAI API reference, response_format).
JSON_INSTRUCTION = "Answer with one JSON object and nothing else."
FENCED = re.compile(r"\s*```(?:json)?\s*(.*?)\s*```\s*", re.DOTALL)


class AnalyzingViewSet(CompletingViewSet):
    """`{"input": text, "parameters": {...}}` in, `{"output", "model", "usage"}` out."""

    async def create(self, request: GatewayRequest) -> Deliverable:
        """Ask the default model (or `parameters.model`)."""
        _, body = await self.json_body(request)
        text, parameters = _input_of(body), _parameters_of(body)
        wants_json = _format_of(parameters) == "json"
        chat = _chat(text, parameters, parameters.get("model") or self._default(request), wants_json)
        call = self.admitted(request, orjson.dumps(chat), chat)
        answer = await whole.answer(self.runtime, call)
        output = self._output(call, answer, wants_json)
        return whole.completed(self.runtime, call, orjson.dumps(_answer(call, output)))

    def exchange(self, call: Call, deployment: Deployment) -> Exchange:
        """See CompletingViewSet. The instruction says what JSON mode would, which not every wire has."""
        if self.speaks.name in deployment.wires:
            return super().exchange(call, deployment)
        body = {name: value for name, value in call.body.items() if name != "response_format"}
        return Translation(CLIENTS[self.speaks.name], body, deployment, call.model, stream=False)

    def _default(self, request: GatewayRequest) -> str:
        route = self.runtime.catalog.current.default_route(request.principal.organisation_id, self.kind)
        if route is None:
            raise ModelNotFound("Your organisation has no default model. Name one in parameters.model.")
        return route.name

    def _output(self, call: Call, answer: bytes, wants_json: bool) -> object:
        try:
            return _content(answer, wants_json)
        except (orjson.JSONDecodeError, LookupError, TypeError, ValueError) as problem:
            error = OutputNotJson() if wants_json else OutputNotJson("The provider's answer held no text.")
            settle.failed(self.runtime, call, error)
            raise error from problem


def _input_of(body: Mapping[str, Any]) -> str:
    if unknown := sorted(set(body) - {"input", "parameters"}):
        raise InvalidParameter(f"Unknown parameter: {unknown[0]!r}. Send `input` and `parameters`.", param=unknown[0])
    text = body.get("input")
    if not isinstance(text, str) or not text.strip():
        raise InvalidParameter("`input` must be a text.", param="input")
    return text


def _parameters_of(body: Mapping[str, Any]) -> dict[str, Any]:
    parameters = body.get("parameters", {})
    if not isinstance(parameters, dict):
        raise InvalidParameter("`parameters` must be an object.", param="parameters")
    known = {"response_format", "model", *PASSED_ON}
    if unknown := sorted(set(parameters) - known):
        raise InvalidParameter(
            f"Unknown parameter: {unknown[0]!r}. Known are {', '.join(sorted(known))}.",
            param=f"parameters.{unknown[0]}",
        )
    return parameters


def _format_of(parameters: Mapping[str, Any]) -> str:
    chosen = parameters.get("response_format", "text")
    if chosen not in FORMATS:
        raise InvalidParameter('`response_format` must be "text" or "json".', param="parameters.response_format")
    return str(chosen)


def _chat(text: str, parameters: Mapping[str, Any], model: str, wants_json: bool) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    chat: dict[str, Any] = {"model": model, "messages": messages}
    chat |= {name: parameters[name] for name in PASSED_ON if name in parameters}
    if wants_json:
        messages.insert(0, {"role": "system", "content": JSON_INSTRUCTION})
        chat["response_format"] = {"type": "json_object"}
    return chat


def _content(answer: bytes, wants_json: bool) -> object:
    content = orjson.loads(answer)["choices"][0]["message"]["content"]
    if not isinstance(content, str):
        raise TypeError
    if not wants_json:
        return content
    fenced = FENCED.fullmatch(content)
    output = orjson.loads(fenced[1] if fenced else content)
    if not isinstance(output, dict):
        raise TypeError
    return output


def _answer(call: Call, output: object) -> dict[str, object]:
    usage = call.usage
    counted = None if usage is None else {"input_tokens": usage.input, "output_tokens": usage.output}
    return {"output": output, "model": call.model, "usage": counted}
