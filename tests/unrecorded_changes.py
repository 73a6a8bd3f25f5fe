"""Looks at what the database noted while a request was answered, and whether a record was made beside it."""

from typing import Any

import pytest
from django.core.handlers.base import BaseHandler

from audit.models import ControlChange
from audit.watching.tables import RECORD

READING = frozenset(("GET", "HEAD", "OPTIONS"))


def watch_requests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From here on every request that may change something is looked at; what it changed without a record."""
    found: list[str] = []
    answer = BaseHandler.get_response

    def watched(self: BaseHandler, request: Any) -> Any:
        if request.method in READING:
            return answer(self, request)
        try:
            before = ControlChange.objects.order_by("-id").values_list("id", flat=True).first() or 0
        except RuntimeError:  # this test has no database
            return answer(self, request)
        response = answer(self, request)
        notes = list(ControlChange.objects.filter(id__gt=before))
        if notes and not any(note.verb == RECORD for note in notes):
            found.extend(f"{request.method} {request.path}: {note} {note.columns}" for note in notes)
        return response

    monkeypatch.setattr(BaseHandler, "get_response", watched)
    return found
