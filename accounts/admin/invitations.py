"""Invitations: how new people come in. Nobody sets a password for somebody else."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from accounts.actions import invite_person
from accounts.actions.membership_rules import RoleNotGrantable
from accounts.admin.members import GrantedRoleForm, acting, offered_roles
from accounts.admin.shown_once import shown_once
from accounts.admin.tenancy import TenantAdmin
from accounts.models import Invitation

COLOURS = {"open": "info", "accepted": "success", "withdrawn": "warning", "expired": "warning"}
NO_MAIL = "django.core.mail.backends.console.EmailBackend"


@admin.register(Invitation)
class InvitationAdmin(TenantAdmin):
    """Sent by mail, open for a week, accepted once."""

    form = GrantedRoleForm
    list_display = ("email", "role", "organisation", "team", "shown_state", "invited_by", "expires_at")
    list_filter = (("organisation", admin.RelatedOnlyFieldListFilter), "role")
    list_select_related = ("organisation", "team", "invited_by")
    search_fields = ("email",)
    actions = ("withdraw",)
    fields = ("email", "organisation", "team", "role")

    @display(description="State", label=COLOURS)
    def shown_state(self, invitation: Invitation) -> str:
        """open, accepted, withdrawn or expired."""
        return invitation.state

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """With what became of it."""
        known = ("shown_state", "invited_by", "created_at", "expires_at", "accepted_by", "accepted_at")
        return self.fields if obj is None else self.fields + known

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """With who fills it in."""
        return GrantedRoleForm.for_person(super().get_form(request, obj, change, **options), acting(request))

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Roles that the person may give."""
        if db_field.name == "role":
            options["choices"] = offered_roles(request)
        return super().formfield_for_choice_field(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """By the action, which sends the mail."""
        request.invitation_url = invite_person.save(obj, by=acting(request)).url  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Where no mail is set up, the link is handed over by hand."""
        if settings.EMAIL_BACKEND != NO_MAIL:
            return super().response_add(request, obj, post_url_continue)
        link: str = request.invitation_url  # type: ignore[attr-defined]
        said = f"No mail server is set up here (GATEHOUSE_EMAIL_URL): give {obj.email} this link yourself."
        return shown_once(self, request, title="Invitation link", said=said, secrets={"Link": link})

    @admin.action(description="Withdraw the selected invitations", permissions=["delete"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """Their links stop working."""
        try:
            ended = sum(invite_person.withdraw(row, by=acting(request)) for row in queryset)
        except RoleNotGrantable as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"{ended} withdrawn.")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Withdraw it and invite anew."""
        return False
