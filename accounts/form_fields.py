"""Form fields for lists kept as JSON."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})
        super().__init__(required=False, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list."""
        lines = value.splitlines() if isinstance(value, str) else value or []
        return [line.strip() for line in lines if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the list differs."""
        return bool((initial or []) != self.to_python(data))


class ScopesField(forms.MultipleChoiceField):
    """Scopes as check boxes."""

    def __init__(self, scopes: tuple[str, ...], **options: Any) -> None:
        choices = [(scope, scope) for scope in scopes]
        super().__init__(choices=choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, **options)
