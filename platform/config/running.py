"""The run-time objects of this process, which live on the app configurations."""

from typing import TypeVar

from django.apps import AppConfig, apps

C = TypeVar("C", bound=AppConfig)


def app(label: str, kind: type[C]) -> C:
    """The configuration of an app, as what it is."""
    found = apps.get_app_config(label)
    if not isinstance(found, kind):
        raise TypeError(f"{label} is configured by {type(found).__name__}, not {kind.__name__}")
    return found
