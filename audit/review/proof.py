"""An event's exact bytes and its proof, to be checked in the browser or taken away."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from audit.actions.prove_event import prove_event
from audit.errors import ForkDetected, NothingSigned
from audit.review.detail import EventPage
from audit.review.page import EvidencePage
from audit.tree.tiles import TileMissing


class RecordFile(EvidencePage):
    """The bytes that were hashed."""

    http_method_names = ("get",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Raises Http404."""
        event = EventPage.found(request.user, kwargs["event_id"])
        return _file(bytes(event.raw), "application/json", f"{event.pk}.json")


class ProofFile(EvidencePage):
    """The path to a signed checkpoint, as .tlog-proof."""

    http_method_names = ("get",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """409 with the reason where there is none: nothing signed yet, or the log contradicts what was signed.

        Raises Http404.
        """
        event = EventPage.found(request.user, kwargs["event_id"])
        try:
            proof = prove_event(event)
        except (ForkDetected, NothingSigned, TileMissing) as error:
            return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
        return _file(proof.text().encode(), "text/plain; charset=utf-8", f"{event.pk}.tlog-proof")


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(data, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
