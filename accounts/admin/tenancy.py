"""Who sees which rows in the admin: a superuser all, others those of the organisations that they run."""

from typing import Any, ClassVar

from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from accounts.admin_audit import AuditedAdmin
from accounts.models import Membership, Organisation, Team, User

RUNNING = ("owner", "administrator")


def run_by(user: Any) -> list[str]:
    """Ids of the organisations that the person owns or administers."""
    return user.organisation_ids(*RUNNING) if isinstance(user, User) else []


def choices_for(related: type[Model], request: HttpRequest) -> QuerySet[Any] | None:
    """What a form may offer the person of a related model; None for no narrowing."""
    if getattr(request.user, "is_superuser", False):
        return None
    tenants = run_by(request.user)
    if related is Organisation:
        return Organisation.objects.filter(pk__in=tenants)
    if related is Team:
        return Team.objects.filter(organisation_id__in=tenants)
    if related is User:
        return User.objects.filter(memberships__organisation_id__in=tenants).distinct()
    return None


class NarrowedChoices:
    """For admin classes and inlines: no form offers a row of another tenant."""

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        """As Django's, narrowed."""
        narrowed = choices_for(db_field.related_model, request)  # type: ignore[arg-type]  # never "self" here
        if narrowed is not None:
            options["queryset"] = narrowed
        return super().formfield_for_foreignkey(db_field, request, **options)  # type: ignore[misc]  # a mixin


class TenantAdmin(NarrowedChoices, AuditedAdmin):
    """Rows that belong to an organisation.

    Attributes:
        tenant_path: from the row to its organisation's id.
    """

    tenant_path: ClassVar[str] = "organisation"
    change_kind = ""  # accounts.announcing hears of every saved row

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the person's organisations; another tenant's row does not exist for him."""
        rows: QuerySet[Any] = super().get_queryset(request)
        if getattr(request.user, "is_superuser", False):
            return rows
        return rows.filter(**{f"{self.tenant_path}__in": run_by(request.user)}).distinct()


class MembershipInline(NarrowedChoices, TabularInline):  # type: ignore[misc]  # unfold is untyped
    """Who belongs, and as what."""

    model = Membership
    extra = 0
    fields: ClassVar[tuple[str, ...]] = ("user", "organisation", "team", "role")
    tab = True
