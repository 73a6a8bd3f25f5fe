"""Rows as JSON: what is written passes the model's own rules, and names no row of another tenant."""

import copy
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db.models import Model
from rest_framework import serializers

from accounts.models import Organisation, Team, User


class TenantField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable at run time
    """An organisation in which the person may add such rows; left out, it is the only one there is."""

    def get_queryset(self) -> Any:
        """Those of the person."""
        user: User = self.context["request"].user
        if user.is_superuser:
            return Organisation.objects.all()
        parent: Any = self.parent
        opts = parent.Meta.model._meta
        permissions = (f"{opts.app_label}.{verb}_{opts.model_name}" for verb in ("add", "change"))
        return Organisation.objects.filter(
            pk__in={pk for name in permissions for pk in user.organisation_ids_with(name)}
        )


class OnlyOrganisation:
    """The default of `organisation`: the only one in which the person may make such a row."""

    requires_context = True

    def __call__(self, field: TenantField) -> Organisation:
        """Raises ValidationError where there is a choice, or none."""
        found = list(field.get_queryset()[:2])
        if len(found) != 1:
            raise serializers.ValidationError("Say which organisation.", code="required")
        only: Organisation = found[0]
        return only


class TeamField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A team that the person may see; that it belongs to the row's organisation is the model's rule."""

    def get_queryset(self) -> Any:
        """Those of the person's organisations."""
        user: User = self.context["request"].user
        mine = Organisation.objects.filter(pk__in=user.organisation_ids())
        return Team.objects.all() if user.is_superuser else Team.objects.filter(organisation__in=mine)


# In the context of a serializer whose row is not stored.
TRIAL = "trial"


class RowSerializer(serializers.ModelSerializer[Any]):
    """A row of ours. `organisation` is set when it is made and never changed."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """By the model's `full_clean`, which may also put values into their normal form."""
        model: type[Model] = self.Meta.model
        row = copy.copy(self.instance) if self.instance is not None else model()
        values = {name: value for name, value in attrs.items() if _is_field(model, name)}
        for name, value in values.items():
            setattr(row, name, value)
        try:
            kept = not self.context.get(TRIAL)
            left_out = [field.name for field in model._meta.fields if not field.editable]
            row.full_clean(left_out, validate_unique=kept, validate_constraints=kept)
        except ModelError as error:
            raise serializers.ValidationError(as_detail(error)) from error
        return {**attrs, **{name: getattr(row, name) for name in values}}

    def get_validators(self) -> list[Any]:
        """What is only tried may have the name of a row that there is: it is that row as it would be."""
        return [] if self.context.get(TRIAL) else super().get_validators()

    def get_fields(self) -> dict[str, Any]:
        """A row does not move to another organisation."""
        fields = super().get_fields()
        if self.instance is not None and "organisation" in fields:
            fields["organisation"].read_only = True
        return fields


def as_detail(error: ModelError) -> Any:
    """What a model refused, in the form that DRF renders."""
    if hasattr(error, "error_dict"):
        return {
            ("non_field_errors" if name == "__all__" else name): texts for name, texts in error.message_dict.items()
        }
    return {"non_field_errors": error.messages}


def _is_field(model: type[Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.fields)
