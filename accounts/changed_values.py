"""The values before and after a change, of those fields that hold neither secrets nor personal data."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.forms import ModelForm

LONGEST = 300
# Free-form fields can hold anything, a header with a key among them: only their names are put on record.
PLAIN = (
    models.BooleanField, models.CharField, models.DateField, models.DecimalField, models.FloatField,
    models.ForeignKey, models.GenericIPAddressField, models.IntegerField, models.TextField, models.UUIDField,
)  # fmt: skip
# Personal data stay out as well: nothing can be taken out of the log again.
SECRET_NAME = re.compile(
    r"password|secret|token|private|digest|hash|otp|credential|email|username|first_name|last_name", re.IGNORECASE
)

Changes = Mapping[str, tuple[object, object]]


def changed_values(form: "ModelForm[Any]") -> Changes:
    """Field to (before, after), as a form changed them."""
    changed: dict[str, tuple[object, object]] = {}
    for name in form.changed_data:
        if is_plain(form.instance, name):
            changed[name] = (_kept(form.initial.get(name)), _kept(form.cleaned_data.get(name)))
    return changed


def plain_values(row: models.Model, fields: Iterable[str]) -> dict[str, object]:
    """What the plain ones of `fields` hold now."""
    return {name: _kept(row.serializable_value(name)) for name in fields if is_plain(row, name)}


def is_plain(row: models.Model, name: str) -> bool:
    """Whether the field's value may stand in a record."""
    try:
        field = row._meta.get_field(name)
    except FieldDoesNotExist:  # a field of the form alone: such as a new secret
        return False
    return isinstance(field, PLAIN) and not SECRET_NAME.search(name)


def _kept(value: Any) -> object:
    if isinstance(value, models.Model):
        value = value.pk
    return value if value is None or isinstance(value, bool) else str(value)[:LONGEST]
