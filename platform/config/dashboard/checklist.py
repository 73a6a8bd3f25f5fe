"""What to do next on a fresh install: read from the database, each item with the way to do it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import ApiKey, Invitation
from audit.models import AuditEvent
from config.dashboard.figures import COMPLETED
from llmproxy.models import Provider
from llmproxy.models.provider import SIMULATOR_SCHEME


class Step(NamedTuple):
    """One line of the list. `url` is empty where there is nothing to open; `shows_call` puts the first call below."""

    title: str
    why: str
    done: bool
    action: str
    url: str
    shows_call: bool = False


class Adding(NamedTuple):
    """A step that is done by adding a row; `done` judges the rows that the person can see."""

    model: type[Model]
    title: str
    why: str
    action: str
    done: Callable[[QuerySet[Any]], bool]


ADDING = (
    Adding(
        Provider, "Add a real provider", "OpenAI, Anthropic, Mistral, your own vLLM or Ollama, or another gateway: "
        "base URL and key, then \u201cTest this provider\u201d.", "Add a provider",
        lambda rows: rows.filter(enabled=True).exclude(base_url__startswith=f"{SIMULATOR_SCHEME}:").exists(),
    ),
    Adding(
        ApiKey, "Create an API key for your application", "One key for each application, with an expiry of its own, "
        "so that each can be traced and revoked alone. The key is shown once.", "Create a key",
        lambda rows: rows.count() > 1,  # the first one is the first boot's
    ),
    Adding(
        Invitation, "Invite colleagues", "Each one gets an account and a role in an organisation, so that the log "
        "names a person and not a shared log-in.", "Invite somebody", lambda rows: rows.exists(),
    ),
)  # fmt: skip
FIRST_CALL = (
    "The built-in simulator answers without any account. "
    "The key was printed at the first start, and is kept in first-run.json."
)


def steps(request: HttpRequest, events: QuerySet[AuditEvent]) -> list[Step]:
    """The steps that this person may take."""
    called = events.filter(type=COMPLETED).exists()
    log = reverse("admin:audit_auditevent_changelist") if _may_view(request, AuditEvent) else ""
    first = Step("Make a first call", FIRST_CALL, called, "See the calls", log, shows_call=True)
    return [first, *(_step(request, adding) for adding in ADDING if _may_add(request, adding.model))]


def _may_view(request: HttpRequest, model: type[Model]) -> bool:
    return admin.site.is_registered(model) and admin.site.get_model_admin(model).has_view_permission(request)


def _may_add(request: HttpRequest, model: type[Model]) -> bool:
    return admin.site.is_registered(model) and admin.site.get_model_admin(model).has_add_permission(request)


def _step(request: HttpRequest, adding: Adding) -> Step:
    rows = admin.site.get_model_admin(adding.model).get_queryset(request)
    name = f"{adding.model._meta.app_label}_{adding.model._meta.model_name}"
    return Step(adding.title, adding.why, adding.done(rows), adding.action, reverse(f"admin:{name}_add"))
