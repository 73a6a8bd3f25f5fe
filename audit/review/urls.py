"""The evidence pages' URLs, for the admin site that holds them."""

from django.contrib.admin.sites import AdminSite
from django.urls import URLPattern, path

from audit.review.alerts import AlertsPage
from audit.review.cases import CaseEventPage, CasePage, CasesPage
from audit.review.content import ContentPage, ReadingsPage, SecretsPage
from audit.review.detail import EventPage
from audit.review.explorer import ExplorerFigures, ExplorerPage
from audit.review.exports import ExportFile, ExportPage, ExportsPage, ExportState
from audit.review.guardrails import GuardrailsPage
from audit.review.integrity import IntegrityPage, IntegrityState
from audit.review.overview import OverviewPage
from audit.review.page import EvidencePage, Namer
from audit.review.policies import PoliciesPage, PolicyDecision
from audit.review.proof import ProofFile, RecordFile
from audit.review.queues import ItemPage, QueueEventPage, QueuesPage
from audit.review.retention import RetentionDecision, RetentionPage
from audit.review.saved_views import SavedViewsPage
from audit.review.timelines import ChangesPage, SessionPage, TimelinePage

PAGES: tuple[tuple[str, type[EvidencePage], str], ...] = (
    ("evidence/overview/", OverviewPage, "evidence"),
    ("evidence/events/", ExplorerPage, "evidence-events"),
    ("evidence/events/figures/", ExplorerFigures, "evidence-events-figures"),
    ("evidence/events/views/", SavedViewsPage, "evidence-views"),
    ("evidence/events/<uuid:event_id>/", EventPage, "evidence-event"),
    ("evidence/events/<uuid:event_id>/queue/", QueueEventPage, "evidence-queue-event"),
    ("evidence/events/<uuid:event_id>/content/", ContentPage, "evidence-content"),
    ("evidence/events/<uuid:event_id>/proof/", ProofFile, "evidence-proof"),
    ("evidence/events/<uuid:event_id>/record/", RecordFile, "evidence-record"),
    ("evidence/exports/", ExportsPage, "evidence-exports"),
    ("evidence/exports/<uuid:job_id>/", ExportPage, "evidence-export"),
    ("evidence/exports/<uuid:job_id>/state/", ExportState, "evidence-export-state"),
    ("evidence/exports/<uuid:job_id>/file/", ExportFile, "evidence-export-file"),
    ("evidence/integrity/", IntegrityPage, "evidence-integrity"),
    ("evidence/integrity/state/", IntegrityState, "evidence-integrity-state"),
    ("evidence/policy/", PoliciesPage, "evidence-policies"),
    ("evidence/policy/<uuid:policy_id>/", PolicyDecision, "evidence-policy-decision"),
    ("evidence/timeline/<str:subject>/", TimelinePage, "evidence-timeline"),
    ("evidence/sessions/<str:session_id>/", SessionPage, "evidence-session"),
    ("evidence/changes/", ChangesPage, "evidence-changes"),
    ("evidence/retention/", RetentionPage, "evidence-retention"),
    ("evidence/retention/<str:kind>/<uuid:row_id>/", RetentionDecision, "evidence-retention-decision"),
    ("evidence/readings/", ReadingsPage, "evidence-readings"),
    ("evidence/secrets/", SecretsPage, "evidence-secrets"),
    ("evidence/review/", QueuesPage, "evidence-review"),
    ("evidence/review/items/<uuid:item_id>/", ItemPage, "evidence-item"),
    ("evidence/guardrails/", GuardrailsPage, "evidence-guardrails"),
    ("evidence/alerts/", AlertsPage, "evidence-alerts"),
    ("evidence/cases/", CasesPage, "evidence-cases"),
    ("evidence/cases/<uuid:case_id>/", CasePage, "evidence-case"),
    ("evidence/events/<uuid:event_id>/case/", CaseEventPage, "evidence-case-event"),
)


def urls(site: AdminSite, namer: Namer) -> list[URLPattern]:
    """Each asks for a signed-in member of staff first, then for the page's own permission."""
    return [
        path(route, site.admin_view(page.as_view(site=site, namer=namer)), name=name) for route, page, name in PAGES
    ]
