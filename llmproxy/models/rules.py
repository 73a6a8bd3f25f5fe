"""Rules that are JSON on a row: read once when they are saved, so that a wrong one is refused in words."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError

from llmproxy.routing.fault import BadRule

T = TypeVar("T")


def checked_rule(field: str, read: Callable[[Any], T], value: Any) -> T:
    """`value` as `read` understands it. Raises ValidationError at `field`."""
    try:
        return read(value)
    except BadRule as error:
        raise ValidationError({field: str(error)}) from error
