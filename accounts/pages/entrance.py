"""What the pages before the admin share: one form in the middle, in the admin's own look."""

from typing import Any

from django.contrib import admin
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def entrance(
    request: HttpRequest, title: str, form: BaseForm | None = None, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page that no cache keeps and that tells no other site its address.

    Args:
        context: `said` for a sentence, `button` for its caption, `template` for another one than the shared.
    """
    template = context.pop("template", "admin/people/entrance.html")
    full = {**admin.site.each_context(request), "title": title, "form": form, **context}
    answer = TemplateResponse(request, template, full, status=status)
    answer["Cache-Control"] = "no-store"
    # Not "no-referrer": browsers would send the form with `Origin: null`, which the CSRF check rightly refuses.
    answer["Referrer-Policy"] = "same-origin"
    return answer
