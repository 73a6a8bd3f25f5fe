"""Rows of any model, with the least that its columns demand."""

import uuid
from itertools import count
from typing import Any

from django.db import models
from django.utils import timezone

NUMBERS = count(1)


# Columns that may be empty each for itself, but not all of them.
NEEDED = {"llmproxy.price": ("facts",)}


def any_row(model: type[models.Model], **given: Any) -> Any:
    """A new row, put in by `bulk_create`: past every save() and every signal."""
    values = {field.attname: _value(field) for field in model._meta.concrete_fields if not field.auto_created}
    for name in NEEDED.get(model._meta.label_lower, ()):
        field: Any = model._meta.get_field(name)
        values[field.attname] = any_row(field.related_model).pk
    row = model(**(values | given))
    model._base_manager.bulk_create([row])
    return row


def another_value(field: Any, row: Any) -> Any:
    """One that `row` does not have."""
    if isinstance(field, models.BooleanField):
        return not getattr(row, field.attname)
    if field.is_relation:
        return any_row(field.related_model).pk
    return _value(field, anyway=True)


def _value(field: Any, *, anyway: bool = False) -> Any:
    if not anyway:
        if field.has_default():
            return field.get_default()
        if field.null:
            return None
        if field.is_relation:
            return any_row(field.related_model).pk
    return _made(field, next(NUMBERS))


def _made(field: Any, number: int) -> Any:
    if isinstance(field, models.UUIDField):
        return uuid.UUID(int=number)
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return timezone.now().date()
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.JSONField):
        return {"number": number}
    if isinstance(field, models.BinaryField):
        return bytes([number % 256])
    if isinstance(field, models.DecimalField | models.IntegerField | models.FloatField):
        return number
    return f"x{number}"[: field.max_length]
