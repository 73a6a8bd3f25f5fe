"""Reading what was said: hidden until a reason is given, and who read what."""

import uuid
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from audit.actions.errors import NotNow
from audit.actions.find_secret import find_secret
from audit.actions.read_content import read_content
from audit.catalogue import READING
from audit.review.detail import EventPage
from audit.review.page import EvidencePage
from audit.review.scope import events

SHOWN = 50
READINGS = tuple(f"data.{name}" for name in READING)


class ContentPage(EventPage):
    """The event's page, with what was said once a reason is given. Nothing of it is kept by the browser."""

    def post(self, request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
        """Put the reading on record, then show."""
        event = self.found(request.user, event_id)
        try:
            said = read_content(
                event, request.user, request.POST.get("reason", ""), original=request.POST.get("copy") == "original"
            )
        except NotNow as error:
            messages.error(request, str(error))
            said = None
        context = self.get_context_data(
            event_id=event_id, said=said, is_original=request.POST.get("copy") == "original"
        )
        return self.render_to_response(context)


class ReadingsPage(EvidencePage):
    """Who read whose words, when, why; and who looked for secrets. Newest first."""

    template_name = "admin/evidence/readings.html"
    title: ClassVar[str] = "Who read what"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """A page by keyset."""
        rows = events(self.request.user).filter(type__in=READINGS).order_by("-id")
        before = _uuid(self.request.GET.get("before", ""))
        if before is not None:
            rows = rows.filter(id__lt=before)
        found = list(rows[: SHOWN + 1])
        shown = found[:SHOWN]
        return super().get_context_data(
            readings=shown, older=shown[-1].pk if len(found) > SHOWN else None, is_later=before is not None,
            names=self.named("actor", {str(row.attrs.get("whose", "")) for row in shown}), **extra,
        )  # fmt: skip


class SecretsPage(EvidencePage):
    """Where was this secret seen? It is asked for by its digests, and kept nowhere."""

    template_name = "admin/evidence/secrets.html"
    title: ClassVar[str] = "Find a secret"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Look."""
        found = None
        try:
            found = find_secret(request.user, request.POST.get("secret", ""))
        except NotNow as error:
            messages.error(request, str(error))
        return self.render_to_response(self.get_context_data(found=found))


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
