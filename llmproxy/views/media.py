"""OpenAI's endpoints beside chat, passed through: moderations, images, speech, transcriptions, rerank."""

from collections.abc import Mapping
from typing import Any, ClassVar

from llmproxy.catalog import Deployment
from llmproxy.errors import InvalidParameter, ModelNotFound, UnsupportedMediaType
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.pipeline import relay, whole
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.client_wire import OPENAI_MEDIA
from llmproxy.views.completing import CompletingViewSet
from llmproxy.views.gateway import MEGABYTE
from llmproxy.wires.multipart import BadMultipart, Form
from llmproxy.wires.openai_chat import NEVER_FROM_CLIENTS, Prepared
from llmproxy.wires.taps.openai_media import milliseconds_of

JSON_ONLY = ("application/json",)
FORM = "multipart/form-data"
# Images API reference, `n`.
MOST_IMAGES = 10


class MediaViewSet(CompletingViewSet):
    """An endpoint whose call names a model, or leaves that to the organisation's default of its kind.

    Attributes:
        needs: the member that its body must have.
        answers: beginnings of the media types that may come back.
    """

    speaks = OPENAI_MEDIA
    needs: ClassVar[str]
    answers: ClassVar[tuple[str, ...]] = JSON_ONLY

    async def create(self, request: GatewayRequest, model: str | None = None) -> Deliverable:
        """Pass the call through to the model's deployment."""
        call = await self.called(request, model)
        if call.stream:
            return await relay.stream(self.runtime, call)
        return await whole.respond_with(self.runtime, call, self.answers, self.measure)

    async def called(self, request: GatewayRequest, model: str | None) -> Call:
        """The admitted call of a JSON body. Raises InvalidParameter."""
        raw, body = await self.json_body(request)
        if not body.get(self.needs):
            raise InvalidParameter(f"`{self.needs}` is required.", param=self.needs)
        call = self.admitted(request, raw, body, model or body.get("model") or self.default_model(request))
        call.units.update(self.units(body))
        return call

    def default_model(self, request: GatewayRequest) -> str:
        """Raises ModelNotFound where there is none."""
        route = self.runtime.catalog.current.default_route(request.principal.organisation_id, self.kind)
        if route is None:
            raise ModelNotFound("Name a `model`: your organisation has no default one for this.")
        return route.name

    def units(self, body: Mapping[str, Any]) -> dict[str, int]:
        """What is priced by something else than tokens, as far as the request says it."""
        return {}

    def measure(self, answer: bytes) -> dict[str, int]:
        """The same, as far as the answer says it."""
        return {}


class ModerationsViewSet(MediaViewSet):
    """POST /v1/moderations."""

    endpoint = kind = "moderations"
    needs = "input"


class RerankViewSet(MediaViewSet):
    """POST /v1/rerank, in the form that Cohere, Jina and vLLM share."""

    endpoint = kind = "rerank"
    needs = "query"

    def units(self, body: Mapping[str, Any]) -> dict[str, int]:
        """Documents."""
        documents = body.get("documents")
        return {"documents": len(documents)} if isinstance(documents, list) else {}


class ImageGenerationsViewSet(MediaViewSet):
    """POST /v1/images/generations."""

    endpoint = "images/generations"
    kind = "images"
    needs = "prompt"

    def units(self, body: Mapping[str, Any]) -> dict[str, int]:
        """Images."""
        number = body.get("n")
        return {"images": number if isinstance(number, int) and 0 < number < 1000 else 1}


class SpeechViewSet(MediaViewSet):
    """POST /v1/audio/speech: text in, sound out."""

    endpoint = "audio/speech"
    kind = "audio"
    needs = "input"
    answers = ("audio/", "application/octet-stream")

    def streams(self, request: GatewayRequest, body: Mapping[str, Any]) -> bool:
        """As events only if asked for."""
        return body.get("stream_format") == "sse"

    def units(self, body: Mapping[str, Any]) -> dict[str, int]:
        """Characters."""
        return {"characters": len(str(body.get("input")))}


class FormViewSet(MediaViewSet):
    """An endpoint that takes a file: the form goes on as it came, apart from the model's name."""

    # OpenAI takes files of 25 MB (Audio API reference); the form around one is small.
    body_limit = 26 * MEGABYTE

    async def called(self, request: GatewayRequest, model: str | None) -> Call:
        """The admitted call of a form. Raises UnsupportedMediaType, InvalidParameter."""
        content_type = request.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() != FORM:
            raise UnsupportedMediaType(f"Send the body as {FORM}.")
        try:
            form = Form(await request.body(self.body_limit), content_type)
        except BadMultipart as error:
            raise InvalidParameter(str(error)) from error
        if self.needs not in form.names and f"{self.needs}[]" not in form.names:
            raise InvalidParameter(f"`{self.needs}` is required.", param=self.needs)
        fields: dict[str, Any] = dict(form.fields)
        fields["stream"] = fields.get("stream", "").lower() == "true"
        named = model or fields.get("model") or self.default_model(request)
        call = self.admitted(request, b"", {"form": form, **fields}, named)
        call.content_type = content_type.encode("latin-1")
        call.units.update(self.units(fields))
        return call

    def prepared(self, raw: bytes, body: Mapping[str, Any], deployment: Deployment, stream: bool) -> Prepared:
        """The form with the provider's name of the model; of the row's rules, those that leave something out."""
        form: Form = body["form"]
        dropped = tuple(name for name in (*NEVER_FROM_CLIENTS, *deployment.rules.drop) if name in form.names)
        return Prepared(form.rewritten({"model": deployment.upstream_model}, dropped), False, dropped)


class TranscriptionsViewSet(FormViewSet):
    """POST /v1/audio/transcriptions."""

    endpoint = "audio/transcriptions"
    kind = "audio"
    needs = "file"
    answers = ("application/json", "text/", "application/x-subrip")

    def measure(self, answer: bytes) -> dict[str, int]:
        """Milliseconds of sound, where the answer says so."""
        sound = milliseconds_of(answer)
        return {} if sound is None else {"sound_ms": sound}


class TranslationsViewSet(TranscriptionsViewSet):
    """POST /v1/audio/translations."""

    endpoint = "audio/translations"


class ImageEditsViewSet(FormViewSet):
    """POST /v1/images/edits."""

    endpoint = "images/edits"
    kind = "images"
    needs = "image"

    def units(self, body: Mapping[str, Any]) -> dict[str, int]:
        """Images, of which a form says the number as text. Raises InvalidParameter."""
        number = str(body.get("n", "1"))
        if not number.isdecimal() or not 0 < int(number[:4]) <= MOST_IMAGES:
            raise InvalidParameter(f"`n` must be a number from 1 to {MOST_IMAGES}.", param="n")
        return {"images": int(number)}


class ImageVariationsViewSet(ImageEditsViewSet):
    """POST /v1/images/variations."""

    endpoint = "images/variations"


ENDPOINTS: tuple[type[MediaViewSet], ...] = (
    ModerationsViewSet,
    RerankViewSet,
    ImageGenerationsViewSet,
    ImageEditsViewSet,
    ImageVariationsViewSet,
    SpeechViewSet,
    TranscriptionsViewSet,
    TranslationsViewSet,
)
