"""The ledger, its alerts and its monthly statements: to look at, and to take away."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.decorators import display

from accounts.admin.tenancy import TenantAdmin, is_superuser, tenants
from accounts.models import Organisation
from audit.context import Target
from audit.log import record
from audit.paging import UncountedPaginator
from llmproxy.budgets.denial import dollars
from llmproxy.ledger.statement import BadMonth, as_csv, as_pdf, statement
from llmproxy.models import BudgetAlert, LedgerEntry

FORMATS = {"csv": (as_csv, "text/csv; charset=utf-8"), "pdf": (as_pdf, "application/pdf")}


class BookAdmin(TenantAdmin):
    """Rows that nobody makes or changes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They follow from what happens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They say what happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They stay."""
        return False


@admin.register(LedgerEntry)
class LedgerAdmin(BookAdmin):
    """One row for each settled call."""

    list_display = (
        "at",
        "kind",
        "model",
        "principal_name",
        "cost_centre",
        "tokens",
        "cost_shown",
        "usage_source",
        "outcome",
    )
    list_filter = (
        ("organisation", admin.RelatedOnlyFieldListFilter), ("cost_nano", admin.EmptyFieldListFilter), "kind",
        "usage_source", "outcome", "at",
    )  # fmt: skip
    search_fields = ("request_id", "=key_id", "=end_user", "=model", "=cost_centre", "=tag_rows__tag")
    list_select_related = ("organisation",)
    show_full_result_count = False
    paginator = UncountedPaginator
    list_per_page = 50
    change_list_template = "admin/llmproxy/ledger.html"

    def get_urls(self) -> list[URLPattern]:
        """With the statements."""
        view = self.admin_site.admin_view(self.statements)
        return [path("statements/", view, name="llmproxy_statements"), *super().get_urls()]

    @display(description="tokens in / out")
    def tokens(self, entry: LedgerEntry) -> str:
        """Both."""
        return f"{entry.tokens_in:,} / {entry.tokens_out:,}"

    @display(description="cost", ordering="cost_nano")
    def cost_shown(self, entry: LedgerEntry) -> str:
        """Unknown is said."""
        return "unknown" if entry.cost_nano is None else dollars(entry.cost_nano)

    def statements(self, request: HttpRequest) -> HttpResponse:
        """A month of an organisation: on the page, as CSV or as PDF."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        offered = self._organisations(request)
        wanted = request.GET.get("organisation") or str(next(iter(offered.values_list("pk", flat=True)), ""))
        chosen = next((one for one in offered if str(one.pk) == wanted), None)
        month, problem, made = request.GET.get("month") or f"{timezone.now():%Y-%m}", "", None
        if wanted and chosen is None:
            raise Http404
        try:
            made = statement(chosen, month) if chosen is not None else None
        except BadMonth as error:
            problem = str(error)
        if made is not None and chosen is not None and request.GET.get("as") in FORMATS:
            return _taken(made, chosen, request.GET["as"])
        context = {
            **self.admin_site.each_context(request), "title": "Monthly statement", "made": made,
            "organisations": offered, "chosen": chosen, "month": month, "problem": problem,
        }  # fmt: skip
        return TemplateResponse(request, "admin/llmproxy/statements.html", context)

    def _organisations(self, request: HttpRequest) -> QuerySet[Organisation]:
        if is_superuser(request):
            return Organisation.objects.all()
        return Organisation.objects.filter(pk__in=tenants(request, "view", LedgerEntry))


@admin.register(BudgetAlert)
class AlertAdmin(BookAdmin):
    """Thresholds that were reached, and whether people were told."""

    tenant_path = "budget__organisation"
    list_display = ("raised_at", "budget", "subject", "threshold", "spent", "told_at", "problem")
    list_filter = ("threshold",)
    list_select_related = ("budget",)
    search_fields = ("budget__name", "subject")

    @display(description="spent")
    def spent(self, alert: BudgetAlert) -> str:
        """Of how much."""
        return f"{dollars(alert.spent_nano)} of {dollars(alert.limit_nano)}"


def _taken(made: Any, organisation: Organisation, wanted: str) -> HttpResponse:
    write, kind = FORMATS[wanted]
    record(
        "money.statement.downloaded",
        target=Target("organisation", str(organisation.pk), organisation.name),
        organisation_id=str(organisation.pk),
        attrs={"month": made.month, "format": wanted},
    )
    answer = HttpResponse(write(made), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="statement-{made.month}.{wanted}"'
    return answer
