"""What the admin pages share: each change is on record and announced, or it does not happen."""

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from accounts.change_records import object_name, record_change, target_of
from accounts.changed_values import changed_values
from accounts.changes import announce
from accounts.pages.step_up import SENSITIVE, asks_first

__all__ = ["AuditedAdmin", "object_name", "record_change", "target_of"]


class AuditedAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """An admin page whose changes leave an audit record in their own transaction.

    Attributes:
        change_kind: what is announced to the processes (accounts.changes); "" where none of them cares.
    """

    change_kind: ClassVar[str] = "principal"

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """404, where Django redirects: another tenant's row and one that never was are answered alike."""
        raise Http404

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """As Django's; what is sensitive asks first (accounts.pages.step_up)."""
        return self._first(request) or super().changeform_view(request, *args, **options)

    def changelist_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """As above, for the actions."""
        return self._first(request) or super().changelist_view(request, *args, **options)

    def delete_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """As above."""
        return self._first(request) or super().delete_view(request, *args, **options)

    def _first(self, request: HttpRequest) -> HttpResponse | None:
        sensitive = request.method == "POST" and self.opts.label_lower in SENSITIVE
        return asks_first(request) if sensitive else None

    def change_value(self, row: Model) -> str:
        """Which one changed, for announcements that name it."""
        return str(row.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: "ModelForm[Any]", change: bool) -> None:
        """As Django's, on record."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if not change or form.changed_data:
                record_change(obj, "updated" if change else "created", form.changed_data, changes=changed_values(form))
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
        forms = {form.instance.pk: form for form in formset.forms}
        for row in formset.new_objects:
            record_change(row, "created", changes=changed_values(forms[row.pk]))
        for row, fields in formset.changed_objects:
            record_change(row, "updated", fields, changes=changed_values(forms[row.pk]))
        for row in formset.deleted_objects:
            record_change(row, "deleted")
        return bool(formset.new_objects or formset.changed_objects or formset.deleted_objects)
