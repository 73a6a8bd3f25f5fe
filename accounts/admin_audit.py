"""What the admin pages share: each change is on record and announced, or it does not happen."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from accounts.changes import announce
from audit.context import Target
from audit.log import record

WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def object_name(model: type[Model]) -> str:
    """`api_key` for ApiKey: how the audit catalogue names a kind of row."""
    return WORD_START.sub("_", model.__name__).lower()


def target_of(row: Model) -> Target:
    """What a record says it is about."""
    return Target(object_name(type(row)), str(row.pk), str(row)[:200])


def record_change(row: Model, verb: str, fields: Sequence[str] = (), target: Target | None = None) -> None:
    """`admin.<object>.<verb>`, with the names of the changed fields, never their values: they may be secret."""
    tenant = getattr(row, "organisation_id", None)
    record(
        f"admin.{object_name(type(row))}.{verb}",
        target=target or target_of(row),
        organisation_id=str(tenant) if tenant else None,
        attrs={"fields": list(fields)},
    )


class AuditedAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """An admin page whose changes leave an audit record in their own transaction.

    Attributes:
        change_kind: what is announced to the processes (accounts.changes); "" where none of them cares.
    """

    change_kind: ClassVar[str] = "principal"

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """404, where Django redirects: another tenant's row and one that never was are answered alike."""
        raise Http404

    def change_value(self, row: Model) -> str:
        """Which one changed, for announcements that name it."""
        return str(row.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:
        """As Django's, on record."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if not change or form.changed_data:
                record_change(obj, "updated" if change else "created", form.changed_data)
                self.announce_change(obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """As Django's, on record."""
        value, target = self.change_value(obj), target_of(obj)
        with transaction.atomic():
            super().delete_model(request, obj)
            record_change(obj, "deleted", target=target)
            self._announce(value)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """As Django's, one record a row."""
        with transaction.atomic():
            gone = [(row, self.change_value(row), target_of(row)) for row in queryset]
            super().delete_queryset(request, queryset)
            for row, value, target in gone:
                record_change(row, "deleted", target=target)
                self._announce(value)

    def save_formset(self, request: HttpRequest, form: "ModelForm[Any]", formset: Any, change: bool) -> None:
        """As Django's, one record for each row of the inline that changed."""
        with transaction.atomic():
            super().save_formset(request, form, formset, change)
            if self._record_inline(formset):
                self.announce_change(form.instance)

    def announce_change(self, row: Model) -> None:
        """Tell the processes, last in the transaction."""
        self._announce(self.change_value(row))

    def _announce(self, value: str) -> None:
        if self.change_kind:
            announce(self.change_kind, value)

    def _record_inline(self, formset: "BaseModelFormSet[Any, Any]") -> bool:
        for row in formset.new_objects:
            record_change(row, "created")
        for row, fields in formset.changed_objects:
            record_change(row, "updated", fields)
        for row in formset.deleted_objects:
            record_change(row, "deleted")
        return bool(formset.new_objects or formset.changed_objects or formset.deleted_objects)
