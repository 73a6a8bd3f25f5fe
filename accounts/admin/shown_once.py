"""The page that shows a fresh secret, once: it is in this answer and nowhere else."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse


def shown_once(
    page: "ModelAdmin[Any]", request: HttpRequest, *, title: str, said: str, secrets: dict[str, str]
) -> HttpResponse:
    """An answer that no cache keeps, with `secrets` by what they are called."""
    name = f"{page.admin_site.name}:{page.opts.app_label}_{page.opts.model_name}_changelist"
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": title,
        "said": said,
        "secrets": secrets,
        "back": reverse(name),
    }
    answer = TemplateResponse(request, "admin/accounts/shown_once.html", context)
    answer["Cache-Control"] = "no-store"
    return answer
