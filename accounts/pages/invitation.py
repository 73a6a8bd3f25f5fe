"""Where the link of an invitation leads."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from accounts.actions import accept_invitation
from accounts.actions.accept_invitation import InvitationGone
from accounts.models import IdentityProvider, Invitation, User
from accounts.pages.entrance import entrance
from accounts.pages.sign_on import INVITED, onward

GONE = "This invitation is not valid any more: it was used, withdrawn, or it is older than a week. Ask for another one."


class NewPersonForm(SetPasswordMixin, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The name to sign in with and a password of one's own."""

    password1, password2 = SetPasswordMixin.create_password_fields()

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            widget = UnfoldAdminPasswordWidget if name.startswith("password") else UnfoldAdminTextInputWidget
            field.widget = widget(attrs=field.widget.attrs)

    def clean(self) -> dict[str, Any] | None:
        """Both entries agree."""
        self.validate_passwords()
        return super().clean()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook: the password is judged beside the name
        self.validate_password_for_user(self.instance)
        if not self.errors:
            self.instance.set_password(self.cleaned_data["password1"])


class JoinForm(forms.Form):
    """Nothing to fill in."""


@sensitive_post_parameters()
def invitation_page(request: HttpRequest, pk: UUID, secret: str) -> HttpResponse:
    """A form for a new person; a button for one who is signed in."""
    found = Invitation.objects.find(pk, secret)
    if found is None:
        return entrance(request, "Invitation", said=GONE, status=404)
    return _join(request, found) if isinstance(request.user, User) else _register(request, found)


def _register(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    if "through" in request.POST:
        return _through(request, invitation)
    providers = IdentityProvider.objects.for_invitation(invitation)
    offer = f"{_offer(invitation)} Choose how you will sign in."
    template = "admin/people/invitation.html"
    if not settings.GATEHOUSE_PASSWORD_LOGIN:
        return entrance(request, "Welcome", said=offer, template=template, providers=providers)
    known = {"username": invitation.email}
    form = NewPersonForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid() and _accepted(form, lambda: accept_invitation.as_new_person(invitation, form.instance)):
        messages.success(request, "Your account is ready. Sign in.")
        return HttpResponseRedirect(reverse("admin:login"))
    return entrance(
        request, "Welcome", form, said=offer, button="Create my account", template=template, providers=providers
    )


def _through(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """By an account elsewhere, and without a password here."""
    row = get_object_or_404(IdentityProvider.objects.for_invitation(invitation), slug=request.POST["through"])
    request.session[INVITED] = [str(invitation.pk), request.resolver_match.kwargs["secret"]]  # type: ignore[union-attr]
    said = f"Sign in at {row.host()}: that account becomes yours here, as {invitation.get_role_display().lower()}."
    return onward(request, row, {"do": "sign_in"}, f"Join with {row.name}", said)


def _join(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    person = request.user
    form = JoinForm(request.POST if request.method == "POST" else None)
    if not isinstance(person, User):
        raise TypeError("only a signed-in person joins")
    if form.is_valid() and _accepted(form, lambda: accept_invitation.as_known_person(invitation, person)):
        messages.success(request, f"You belong to {invitation.organisation} now.")
        return HttpResponseRedirect(reverse("admin:index"))
    said = f"{_offer(invitation)} You are signed in as {person.get_username()}."
    return entrance(request, "Invitation", form, said=said, button="Join")


def _accepted(form: forms.BaseForm, accept: Any) -> bool:
    try:
        accept()
    except InvitationGone as error:
        form.add_error(None, error.message)
    except ValidationError as error:
        form.add_error(None, ValidationError(error.messages))
    return not form.errors


def _offer(invitation: Invitation) -> str:
    role = Invitation._meta.get_field("role").flatchoices
    return f"{invitation.organisation} invites you as {dict(role)[invitation.role].lower()}."
