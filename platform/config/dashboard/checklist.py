"""What to do next on a fresh install: read from the database, each item with the way to do it."""

from collections.abc import Callable
from typing import NamedTuple

from audit.models import AuditEvent
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from llmproxy.models import Provider

from accounts.models import ApiKey, User
from config.dashboard.figures import COMPLETED

SIMULATED = "simulator:"


class Step(NamedTuple):
    """One line of the list. `shows_call`: the copyable first call belongs to it."""

    title: str
    why: str
    done: bool
    action: str
    url: str
    shows_call: bool = False


def steps(request: HttpRequest, events: QuerySet[AuditEvent]) -> list[Step]:
    """The steps that this person may take."""
    first = Step(
        "Make a first call",
        "The built-in simulator answers without any account. The key was printed at the first start, and is in first-run.json.",
        events.filter(type=COMPLETED).exists(), "See the calls", reverse("admin:audit_auditevent_changelist"), True,
    )  # fmt: skip
    return [first, *(_step(request, *rest) for rest in _ADDING if _may_add(request, rest[0]))]


def _real_provider() -> bool:
    return Provider.objects.filter(enabled=True).exclude(base_url__startswith=SIMULATED).exists()


def _second_key() -> bool:
    return ApiKey.objects.count() > 1


def _second_person() -> bool:
    return User.objects.filter(is_active=True).count() > 1


_ADDING: tuple[tuple[type[Model], str, str, str, Callable[[], bool]], ...] = (
    (Provider, "Add a real provider", "OpenAI, Anthropic, Mistral, your own vLLM or Ollama, or another gateway: "
     "base URL and key, then \u201cTest this provider\u201d.", "Add a provider", _real_provider),
    (ApiKey, "Create an API key for your application", "One key for each application, with an expiry of its own, so "
     "that each can be traced and revoked alone. The key is shown once.", "Create a key", _second_key),
    (User, "Invite colleagues", "Give each one an account and a role in an organisation, so that the audit log names a "
     "person and not a shared log-in.", "Add a person", _second_person),
)  # fmt: skip


def _may_add(request: HttpRequest, model: type[Model]) -> bool:
    return admin.site.is_registered(model) and admin.site.get_model_admin(model).has_add_permission(request)


def _step(
    request: HttpRequest, model: type[Model], title: str, why: str, action: str, done: Callable[[], bool]
) -> Step:
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    return Step(title, why, done(), action, reverse(f"admin:{name}_add"))
