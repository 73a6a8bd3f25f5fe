"""Alert rules in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordWidget

from audit.context import Target
from audit.log import record
from audit.models import AlertRule, TreeState
from audit.organisation_admin import OfAnOrganisationAdmin


class AlertRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """The secret of a webhook is written, and never shown."""

    secret = forms.CharField(
        label="Secret of the webhook", required=False, strip=True, max_length=4000,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="What alerts are signed with (webhook-signature). Left empty, what is stored stays.",
    )  # fmt: skip

    class Meta:
        model = AlertRule
        fields = ("organisation_id", "name", "query", "at_least", "window_minutes", "mails", "url", "enabled")

    def clean(self) -> Any:
        """The secret is there before the model asks for it; a moved webhook needs it again."""
        values = super().clean()
        moved = "url" in self.changed_data and bool(self.instance.secret_sealed)
        if given := self.cleaned_data.get("secret", ""):
            self.instance.secret = given
        elif moved and not self.instance._state.adding and self.cleaned_data.get("url"):
            self.add_error("secret", "It goes somewhere else now: give the secret again.")
        return values


@admin.register(AlertRule)
class AlertRuleAdmin(OfAnOrganisationAdmin):
    """What is worth telling somebody. Each change is on record."""

    form = AlertRuleForm
    list_display = ("name", "query", "at_least", "window_minutes", "enabled")
    fields = (
        "organisation_id", "name", "query", "at_least", "window_minutes", "mails", "url", "secret", "enabled",
    )  # fmt: skip

    def save_model(self, request: HttpRequest, obj: AlertRule, form: Any, change: bool) -> None:
        """A new rule begins with what happens from now on."""
        with transaction.atomic():
            if not change:
                obj.examined_up_to = TreeState.newest_leaf()
            super().save_model(request, obj, form, change)
            record(
                f"admin.alert_rule.{'updated' if change else 'created'}",
                target=Target("alert_rule", str(obj.pk), obj.name),
                organisation_id=obj.organisation_id or None,
                attrs={"fields": form.changed_data},
            )
