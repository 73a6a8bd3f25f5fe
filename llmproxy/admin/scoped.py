"""What the pages of limits and budgets share: which calls a rule is about, and trying it before it is saved."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.models import ApiKey, ServiceAccount
from llmproxy.admin.sharing import SharedOrOwnAdmin
from llmproxy.ledger.dry_run import Verdict
from llmproxy.models.scoped_rule import dimension_choices

WHICH_CALLS = (
    "Which calls",
    {
        "fields": (
            "organisation",
            "team",
            "user",
            "service_account",
            "api_key",
            "model",
            "endpoint",
            "end_user",
            "per",
        ),
        "description": "Empty fields narrow nothing. A call has to fit into every rule that it falls under.",
    },
)  # fmt: skip


class ScopedRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A rule; the button “Try” looks what it would have done, and saves nothing.

    Attributes:
        try_button: the name by which the button is sent.
    """

    try_button: ClassVar[str]
    per = forms.MultipleChoiceField(
        label="Counted for each",
        choices=dimension_choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Each of these is counted by itself. None: all of these calls together.",
    )

    def verdict(self) -> Verdict:
        """What the rule as it was typed in would have done to the last day's calls."""
        raise NotImplementedError

    trial = ""  # what the trial found, in words

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # a hook of Django that its stubs leave out
        if self.try_button in self.data and not self.errors:
            self.trial = f"Nothing was saved: this was a trial. {sentence(self.verdict())}"
            self.add_error(None, self.trial)


class ScopedRuleAdmin(SharedOrOwnAdmin):
    """Rows that are rules about calls."""

    list_select_related = ("organisation", "team", "user", "service_account", "api_key")
    autocomplete_fields = ("team", "service_account", "api_key")
    actions_submit_line: ClassVar[tuple[str, ...]] = ("try_it",)

    @action(description="Try on the last day's calls")
    def try_it(self, request: HttpRequest, obj: Any) -> None:
        """The form does it: it finds the button's name and lets nothing be saved."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With the trial on the page of a new row as well."""
        more = {**(extra_context or {}), "actions_submit_line": self.get_actions_submit_line(request, object_id or "")}
        return super().changeform_view(request, object_id, form_url, more)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        """What a trial found is no error, though it kept the form from being saved."""
        form = context["adminform"].form
        if trial := getattr(form, "trial", ""):
            form.errors.clear()
            context["errors"] = []
            messages.info(request, trial)
        return super().render_change_form(request, context, *args, **options)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """The form knows its button."""
        form = super().get_form(request, obj, change, **options)
        form.try_button = f"{self.opts.app_label}_{self.opts.model_name}_try_it"
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Programs and keys of the person's organisations."""
        user: Any = request.user
        if db_field.related_model in (ApiKey, ServiceAccount) and not user.is_superuser:
            options["queryset"] = db_field.related_model.objects.filter(organisation__in=user.organisation_ids())
        return super().formfield_for_foreignkey(db_field, request, **options)


def sentence(verdict: Verdict) -> str:
    """A verdict in words."""
    if not verdict.calls:
        return "No call of the last 24 hours falls under it."
    said = f"Of {verdict.calls:,} calls of the last 24 hours it would have refused {verdict.refused:,}."
    if verdict.first_refused_at is not None:
        said += f" The first at {verdict.first_refused_at:%H:%M:%S} UTC."
    hit = [f"{subject} ({number:,})" for subject, number in verdict.subjects if subject]
    said += f" Hit most: {', '.join(hit[:5])}." if hit else ""
    return said + (" There were more calls than were looked at." if verdict.cut_short else "")
