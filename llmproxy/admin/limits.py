"""Limits: how many requests, tokens or parallel calls."""

from typing import Any

from django.contrib import admin
from unfold.decorators import display

from llmproxy.admin.scoped import WHICH_CALLS, ScopedRuleAdmin, ScopedRuleForm
from llmproxy.ledger import dry_run
from llmproxy.ledger.dry_run import Verdict
from llmproxy.models import Limit

STATES = {"refuses": "success", "shadow": "warning", "off": "danger"}


class LimitForm(ScopedRuleForm):
    """A limit."""

    class Meta:
        model = Limit
        fields = "__all__"  # noqa: DJ007 (the admin class names them)

    def verdict(self) -> Verdict:
        """See there."""
        return dry_run.of_limit(self.instance.frozen(), self.instance.where())


@admin.register(Limit)
class LimitAdmin(ScopedRuleAdmin):
    """In force on every worker within a second."""

    form = LimitForm
    list_display = ("name", "said", "whose_shown", "state")
    list_filter = ("unit", "window", "shadow", "enabled")
    search_fields = ("name", "model", "end_user")
    fieldsets = (
        (None, {"fields": ("name", "unit", "amount", "window")}),
        WHICH_CALLS,
        ("How it works", {"fields": ("shadow", "when_away", "enabled")}),
    )

    @display(description="limit")
    def said(self, limit: Limit) -> str:
        """`60 requests a minute`."""
        return limit.frozen().said

    @display(description="for")
    def whose_shown(self, limit: Limit) -> str:
        """Whose calls it counts."""
        return limit.whose()

    @display(description="state", label=STATES)
    def state(self, limit: Limit) -> str:
        """Whether it refuses."""
        return "off" if not limit.enabled else "shadow" if limit.shadow else "refuses"

    def get_queryset(self, request: Any) -> Any:
        """With what the list shows."""
        return super().get_queryset(request).select_related(*self.list_select_related)
