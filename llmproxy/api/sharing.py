"""Rows of an organisation or shared by all: everybody sees shared ones, the installation's own people change them."""

from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import mixins, serializers

from accounts.api.rows import TenantField
from accounts.api.viewsets import TenantViewSet
from accounts.models import Organisation, User


class SharedTenantField(TenantField):
    """As TenantField; null, which superusers alone may say, shares the row with everybody."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Raises ValidationError where somebody else says null."""
        if data is None and not self.context["request"].user.is_superuser:
            raise serializers.ValidationError("Only the installation shares with everybody: name an organisation.")
        return super().validate_empty_values(data)


class OnlyOrganisationOrAll:
    """The default of `organisation`: for superusers everybody, for others the only one they have."""

    requires_context = True

    def __call__(self, field: TenantField) -> Organisation | None:
        """Raises ValidationError where there is a choice."""
        user: User = field.context["request"].user
        if user.is_superuser:
            return None
        found = list(field.get_queryset()[:2])
        if len(found) != 1:
            raise serializers.ValidationError("Say which organisation.", code="required")
        only: Organisation = found[0]
        return only


class SharedViewSet(
    TenantViewSet,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
):
    """For models with `organisation`, which may be null."""

    def visible(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """With what is shared."""
        user = self.request.user
        if not isinstance(user, User) or user.is_superuser:
            return super().visible(rows)
        opts = rows.model._meta
        ids = user.organisation_ids_with(f"{opts.app_label}.view_{opts.model_name}")
        shared = {f"{self.tenant_path}__isnull": True}
        return rows.filter(Q(**shared) | Q(**{f"{self.tenant_path}__in": ids}))
