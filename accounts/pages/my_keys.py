"""“My keys”: API keys for one's own tools."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.actions import create_own_key, revoke_api_key, rotate_api_key
from accounts.form_fields import LinesField, ScopesField
from accounts.models import ApiKey, Organisation, User
from accounts.pages.my_account import page, person
from accounts.pages.step_up import asks_first
from accounts.scopes import GATEWAY_SCOPES

LIVES = ((7, "a week"), (30, "a month"), (90, "three months"), (365, "a year"))


class OwnKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """As much as a person may choose for a key of his own."""

    name = forms.CharField(
        max_length=200, label="What uses it", widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "My editor"})
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), empty_label=None, widget=UnfoldAdminSelectWidget, label="For"
    )
    days = forms.TypedChoiceField(
        choices=LIVES, coerce=int, initial=90, label="Works for", widget=UnfoldAdminSelectWidget
    )
    scopes = ScopesField(GATEWAY_SCOPES, initial=list(GATEWAY_SCOPES), label="It may")
    models_allowed = LinesField(label="Only these models", help_text="One name a line; empty for all that you may use.")
    allowed_ips = LinesField(label="Only from", help_text="Addresses or CIDRs, one a line; empty for anywhere.")

    class Meta:
        model = ApiKey
        fields = ("name", "organisation", "scopes", "models_allowed", "allowed_ips")

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["organisation"]
        field.queryset = person.own_organisations()  # type: ignore[attr-defined]  # a ModelChoiceField
        if field.queryset.count() == 1:  # type: ignore[attr-defined]
            field.initial, field.widget = field.queryset.get(), forms.HiddenInput()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """The end as a moment."""
        cleaned = super().clean() or {}
        if days := cleaned.get("days"):
            self.instance.expires_at = timezone.now() + timedelta(days=days)
        return cleaned


def overview(request: HttpRequest) -> HttpResponse:
    """Those that work, then the others; a form for a new one."""
    user = person(request)
    form = OwnKeyForm(request.POST if request.method == "POST" and "name" in request.POST else None, person=user)
    if form.is_bound and form.is_valid():
        if (first := asks_first(request)) is not None:
            return first
        try:
            made = create_own_key.execute(form.instance, user)
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            return _shown(request, "Your new key", f"“{made.key.name}” is yours.", made.plain)
    keys = sorted(ApiKey.objects.own(user), key=lambda key: key.state != "active")
    return page(
        request, "admin/people/my_keys.html", "My keys", form=form, keys=keys, tab="keys",
        places=user.own_organisations().exists(),
    )  # fmt: skip


@require_POST
def rotate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new secret; the one before works for a day more."""
    if (first := asks_first(request)) is not None:
        return first
    try:
        made = rotate_api_key.execute(_own(request, pk))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(reverse("admin:my-keys"))
    return _shown(request, "The new key", f"“{made.key.name}”: the one before stops working in a day.", made.plain)


@require_POST
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """At once and for good. Taking rights away needs no confirmation."""
    key = _own(request, pk)
    revoke_api_key.execute(key, "by its owner")
    messages.success(request, f"“{key.name}” does not work any more.")
    return HttpResponseRedirect(reverse("admin:my-keys"))


def _own(request: HttpRequest, pk: UUID) -> ApiKey:
    key = ApiKey.objects.own(person(request)).filter(pk=pk).first()
    if key is None:
        raise Http404
    return key


@sensitive_variables("plain")
def _shown(request: HttpRequest, title: str, said: str, plain: str) -> HttpResponse:
    context = {"said": said, "secrets": {"API key": plain}, "back": reverse("admin:my-keys")}
    return page(request, "admin/accounts/shown_once.html", title, **context)
