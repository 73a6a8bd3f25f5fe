"""What the views of the management API share: rows of the person's organisations, each change on record."""

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.change_records import record_change, target_of
from accounts.changed_values import Changes, is_plain, plain_values
from accounts.models import User


class TenantViewSet(GenericViewSet[Any]):
    """Rows that belong to an organisation; another tenant's row does not exist (404).

    Attributes:
        tenant_path: from the row to its organisation.
    """

    tenant_path: ClassVar[str] = "organisation"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Any]:
        """What the person may see."""
        return self.visible(super().get_queryset())

    def visible(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of `rows` that a role of the person lets him see."""
        user, opts = self.request.user, rows.model._meta
        if not isinstance(user, User):
            return rows.none()
        if user.is_superuser:
            return rows
        ids = user.organisation_ids_with(f"{opts.app_label}.view_{opts.model_name}")
        return rows.filter(**{f"{self.tenant_path}__in": ids}).distinct()

    def organisation_of(self, row: Any) -> str:
        """The id of the organisation that the row belongs to; "" where it is shared by all."""
        value: Any = row
        for name in self.tenant_path.split("__"):
            value = getattr(value, name, None)
        return str(getattr(value, "pk", value) or "")

    @property
    def person(self) -> User:
        """Who asks. Raises TypeError for nobody, whom RolePermission does not let come this far."""
        if not isinstance(self.request.user, User):
            raise TypeError("a signed-in person is needed")
        return self.request.user

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """Stored and on record, or neither."""
        with transaction.atomic():
            row = self.store_new(serializer)
            given = [name for name in serializer.validated_data if is_plain(row, name)]
            record_change(row, "created", list(serializer.validated_data), changes=_from_nothing(row, given))

    def store_new(self, serializer: BaseSerializer[Any]) -> Model:
        """Save a new row."""
        row: Model = serializer.save()
        return row

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        """As for a new row, with the values before."""
        names, row = list(serializer.validated_data), self.get_object()
        before = plain_values(row, names)
        with transaction.atomic():
            row = serializer.save()
            after = plain_values(row, names)
            changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
            if changes or len(after) < len(names):
                record_change(row, "updated", names, changes=changes)

    def perform_destroy(self, instance: Model) -> None:
        """As above."""
        target = target_of(instance)
        with transaction.atomic():
            record_change(instance, "deleted", target=target)
            instance.delete()


def _from_nothing(row: Model, names: list[str]) -> Changes:
    return {name: (None, value) for name, value in plain_values(row, names).items()}
