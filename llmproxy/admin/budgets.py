"""Budgets: what is spent, held and left, when it will be used up, and more for a while."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.form_fields import LinesField
from llmproxy.admin.scoped import WHICH_CALLS, ScopedRuleAdmin, ScopedRuleForm
from llmproxy.budgets.denial import WINDOWS, dollars
from llmproxy.budgets.standing import Standing, standings
from llmproxy.ledger import dry_run
from llmproxy.ledger.dry_run import Verdict
from llmproxy.models import Budget

MOST_SHOWN = 20
BURN = '<span class="gh-burn"><meter min="0" max="100" low="80" high="99" optimum="0" value="{}">{}</meter> {}</span>'


class BudgetForm(ScopedRuleForm):
    """A budget. The secret of its webhook is written, and never shown."""

    alert_mails = LinesField(label="Mail alerts to", help_text="One address a line.")
    secret = forms.CharField(
        label="Secret of the webhook",
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="What alerts are signed with (webhook-signature, Standard Webhooks). Empty: as it was.",
    )

    class Meta:
        model = Budget
        fields = "__all__"  # noqa: DJ007 (the admin class names them)

    def clean(self) -> Any:
        """The secret is there before the model asks for it."""
        values = super().clean()
        if secret := self.cleaned_data.get("secret"):
            self.instance.alert_secret = secret
        return values

    def verdict(self) -> Verdict:
        """See there."""
        return dry_run.of_budget(self.instance.frozen(), self.instance.where())


@admin.register(Budget)
class BudgetAdmin(ScopedRuleAdmin):
    """In force on every worker within a second; never overspent."""

    form = BudgetForm
    list_display = ("name", "amount_shown", "whose_shown", "burn", "forecast", "enabled")
    list_filter = ("window", "hard", "enabled")
    search_fields = ("name", "model", "end_user")
    change_form_before_template = "admin/llmproxy/budget_standing.html"
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("name", "amount", "window", "hard", "enabled")}),
        WHICH_CALLS,
        ("Tokens that name it", {"fields": ("named_only",)}),
        ("What passes", {"fields": ("unknown_price", "default_output")}),
        ("Alerts", {"fields": ("thresholds", "alert_mails", "alert_url", "secret")}),
    )
    Media: ClassVar[Any]

    class Media:  # type: ignore[no-redef]
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("llmproxy/gateway.css",)}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With how it stands."""
        budget = self.get_object(request, object_id)
        found = standings(budget)[:MOST_SHOWN] if budget is not None else []
        more = {"standings": [shown(one) for one in found], "budget": budget}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    @display(description="budget", ordering="amount")
    def amount_shown(self, budget: Budget) -> str:
        """With what was added for a while."""
        return f"{dollars(budget.limit_nano())} {WINDOWS[budget.window]}"

    @display(description="for")
    def whose_shown(self, budget: Budget) -> str:
        """Whose calls it counts."""
        return budget.whose()

    @display(description="spent")
    def burn(self, budget: Budget) -> str:
        """Of whoever spent the largest part."""
        one = standings(budget)[0]
        name = f"{one.percent} %" if not one.subject else f"{one.percent} % ({one.subject[:40]})"
        return format_html(BURN, min(one.percent, 100), f"{one.percent} %", name)

    @display(description="forecast")
    def forecast(self, budget: Budget) -> str:
        """When it will be used up, at the pace so far."""
        return outlook(standings(budget)[0])


def shown(one: Standing) -> dict[str, object]:
    """A standing as its template shows it."""
    return {
        "subject": one.subject or "all of these calls", "percent": one.percent, "bar": min(one.percent, 100),
        "spent": dollars(one.spent), "held": dollars(one.held), "left": dollars(one.left), "limit": dollars(one.limit),
        "outlook": outlook(one), "resets_at": one.resets_at,
    }  # fmt: skip


def outlook(one: Standing) -> str:
    """The forecast in words."""
    if one.used_up_at is not None:
        return "used up" if one.spent >= one.limit else f"used up on {one.used_up_at:%-d %b %H:%M} UTC"
    if one.forecast is not None:
        return f"{dollars(one.forecast)} in a whole window"
    return "lasts" if one.spent else "nothing spent yet"
