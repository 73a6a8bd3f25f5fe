"""What one person asks for and another decides on: more money for a while, and prices anew."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin.tenancy import TenantAdmin, is_superuser
from accounts.models import User
from llmproxy.actions import increase_budget, reprice
from llmproxy.actions.increase_budget import NotDecided
from llmproxy.budgets.denial import dollars
from llmproxy.models import Budget, BudgetIncrease, Repricing

STATES = {"requested": "warning", "approved": "success", "denied": "danger", "done": "success"}


class AskedAdmin(TenantAdmin):
    """Rows that are asked for here, and decided on by the actions of the list."""

    actions = ("approve", "deny")
    decide_permission: str

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was asked for stays as it was asked for; the list's actions decide."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It is a part of the books."""
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """For some organisation; the action asks for the row's own."""
        return bool(request.user.has_perm(self.decide_permission))

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Those that the person sees: the action asks each for the rest."""
        return super(TenantAdmin, self).response_action(request, queryset)

    def decide(self, row: Any, user: User, *, approve: bool) -> None:
        """Raises NotDecided."""
        raise NotImplementedError

    @admin.action(description="Approve what is selected", permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """What others asked for."""
        self._decide_all(request, queryset, approve=True)

    @admin.action(description="Deny what is selected", permissions=["decide"])
    def deny(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """What others asked for."""
        self._decide_all(request, queryset, approve=False)

    def _decide_all(self, request: HttpRequest, queryset: QuerySet[Any], *, approve: bool) -> None:
        done = 0
        for row in queryset:
            try:
                self.decide(row, request.user, approve=approve)  # type: ignore[arg-type]  # signed in
            except NotDecided as error:
                messages.warning(request, f"{row}: {error}")
            else:
                done += 1
        if done:
            messages.success(request, f"{done} {'approved' if approve else 'denied'}.")

    @display(description="state", label=STATES)
    def shown_state(self, row: Any) -> str:
        """How it stands."""
        return str(row.state)


@admin.register(BudgetIncrease)
class IncreaseAdmin(AskedAdmin):
    """More for a while, which ends by itself."""

    tenant_path = "budget__organisation"
    decide_permission = "llmproxy.decide_budgetincrease"
    list_display = ("budget", "amount", "ends_at", "requested_by", "decided_by", "shown_state")
    list_filter = ("state",)
    list_select_related = ("budget", "requested_by", "decided_by")
    search_fields = ("budget__name", "reason")
    fields = ("budget", "amount", "ends_at", "reason")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Only budgets that the person may change."""
        if db_field.name == "budget":
            options["queryset"] = Budget.objects.changeable_by(request.user)  # type: ignore[arg-type]
        return super().formfield_for_foreignkey(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """By the action, which puts it on record."""
        user: Any = request.user
        made = increase_budget.request(obj.budget, user, obj.amount, obj.ends_at, obj.reason)
        obj.pk = made.pk

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """What the action refuses, the form says."""
        form = super().get_form(request, obj, change, **options)

        class Checked(form):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                values = super().clean()
                if not self.errors:
                    _check(values)
                return values

        return Checked

    def decide(self, row: Any, user: User, *, approve: bool) -> None:
        """See there."""
        increase_budget.decide(row.pk, user, approve=approve)


@admin.register(Repricing)
class RepricingAdmin(AskedAdmin):
    """Calls priced anew, with the prices that hold for their time now."""

    decide_permission = "llmproxy.decide_repricing"
    list_display = ("since", "until", "organisation", "model", "shown_state", "changed", "difference")
    list_filter = ("state",)
    list_select_related = ("organisation",)
    fields = ("organisation", "since", "until", "model", "only_unknown", "reason")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """All organisations at once are a superuser's business."""
        field = super().formfield_for_foreignkey(db_field, request, **options)
        if db_field.name == "organisation":
            field.required = not is_superuser(request)
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """By the action, which puts it on record."""
        reprice.request(obj, request.user)  # type: ignore[arg-type]  # signed in

    @display(description="difference")
    def difference(self, job: Repricing) -> str:
        """What the calls cost more or less than before."""
        return dollars(job.difference_nano) if job.state == Repricing.State.DONE else ""

    def decide(self, row: Any, user: User, *, approve: bool) -> None:
        """See there."""
        reprice.decide(row.pk, user, approve=approve)


def _check(values: Any) -> None:
    """The rules of increase_budget.request that are about time and words. Raises ValidationError."""
    try:
        increase_budget.check(values["ends_at"], values["reason"])
    except ValidationError as error:
        raise ValidationError(error.messages) from error
