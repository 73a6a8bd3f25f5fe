"""Who sees and changes which rows in the admin: a superuser all, others what their roles allow, tenant by tenant."""

from typing import Any, ClassVar

from django.contrib.auth import get_permission_codename
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import TabularInline

from accounts.admin_audit import AuditedAdmin
from accounts.models import Membership, Organisation, Team, User


def is_superuser(request: HttpRequest) -> bool:
    """Whether the person runs the whole installation."""
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


def tenants(request: HttpRequest, verb: str, model: type[Model]) -> list[str]:
    """Ids of the organisations in which a role of the person allows `verb` (view, add, change, delete) on `model`."""
    user, opts = request.user, model._meta
    if not isinstance(user, User):
        return []
    return user.organisation_ids_with(f"{opts.app_label}.{get_permission_codename(verb, opts)}")


def choices_for(related: type[Model], request: HttpRequest, model: type[Model]) -> QuerySet[Any] | None:
    """What a form of `model` may offer the person of a related model; None for no narrowing."""
    if is_superuser(request):
        return None
    ids = {*tenants(request, "add", model), *tenants(request, "change", model)}
    if related is Organisation:
        return Organisation.objects.filter(pk__in=ids)
    if related is Team:
        return Team.objects.filter(organisation_id__in=ids)
    if related is User:
        return User.objects.filter(memberships__organisation_id__in=ids).distinct()
    return None


class NarrowedChoices:
    """For admin classes and inlines: no form offers a row of another tenant."""

    model: Any  # the admin class says which

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **options: Any) -> Any:
        """As Django's, narrowed."""
        narrowed = choices_for(db_field.related_model, request, self.model)  # type: ignore[arg-type]  # never "self"
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
        return self.allowed(request, "view", super().get_queryset(request))

    def allowed(self, request: HttpRequest, verb: str, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of `rows` on which the person's roles allow `verb`."""
        if is_superuser(request):
            return rows
        return rows.filter(**{f"{self.tenant_path}__in": tenants(request, verb, self.model)}).distinct()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """In the organisation of the row, not just in some."""
        return super().has_change_permission(request, obj) and self._holds(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for changing."""
        return super().has_delete_permission(request, obj) and self._holds(request, "delete", obj)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Actions change rows: they get those that the person may change."""
        return super().response_action(request, self.allowed(request, "change", queryset))

    def _holds(self, request: HttpRequest, verb: str, obj: Any) -> bool:
        return obj is None or self.allowed(request, verb, self.model._base_manager.filter(pk=obj.pk)).exists()


class MembershipInline(TabularInline):  # type: ignore[misc]  # unfold is untyped
    """Who belongs, and as what. Roles are given and taken on the members' own page, where the rules of it are kept."""

    model = Membership
    extra = 0
    fields: ClassVar[tuple[str, ...]] = ("user", "organisation", "team", "role")
    show_change_link = True
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not here."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """A person's places in other organisations are not shown."""
        rows: QuerySet[Any] = super().get_queryset(request).select_related("user", "organisation", "team")
        if is_superuser(request):
            return rows
        return rows.filter(organisation__in=tenants(request, "view", Membership))
