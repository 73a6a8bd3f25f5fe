"""This part of `/api/v1/audit/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from config.evidence_api.alerting import AlertRuleViewSet, EvidenceAlertViewSet
from config.evidence_api.casework import CaseViewSet
from config.evidence_api.exporting import ExportViewSet
from config.evidence_api.finding import EventViewSet, FigureViewSet, StoryViewSet
from config.evidence_api.health import HealthViewSet
from config.evidence_api.keeping import (
    HoldViewSet,
    PolicyViewSet,
    RetentionPlanViewSet,
    RetentionViewSet,
    SubjectViewSet,
)
from config.evidence_api.proving import CheckpointViewSet, SchemaViewSet, TileViewSet
from config.evidence_api.reading import ContentViewSet, HashViewSet
from config.evidence_api.reviewing import ItemViewSet, QueueViewSet, SavedViewViewSet
from config.evidence_api.sending import SinkViewSet
from config.evidence_api.standing import DeadLetterViewSet, StandingViewSet, WriterViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("policies", PolicyViewSet, "audit-policy")
router.register("retention-policies", RetentionViewSet, "retention-policy")
router.register("holds", HoldViewSet, "legal-hold")
router.register("subjects", SubjectViewSet, "subject-request")
router.register("exports", ExportViewSet, "export")
router.register("review/queues", QueueViewSet, "review-queue")
router.register("review/items", ItemViewSet, "review-item")
router.register("alerts", EvidenceAlertViewSet, "alert")
router.register("alert-rules", AlertRuleViewSet, "alert-rule")
router.register("cases", CaseViewSet, "case")
router.register("sinks", SinkViewSet, "sink")
router.register("writers", WriterViewSet, "writer")
router.register("dead-letters", DeadLetterViewSet, "dead-letter")

finding = [
    path("events", EventViewSet.as_view({"get": "list"}), name="events"),
    path("events/<uuid:event_id>", EventViewSet.as_view({"get": "retrieve"}), name="event"),
    path("events/<uuid:event_id>/proof", EventViewSet.as_view({"get": "proof"}), name="event-proof"),
    path("events/<uuid:event_id>/record", EventViewSet.as_view({"get": "record"}), name="event-record"),
    path("aggregate", FigureViewSet.as_view({"get": "aggregate"}), name="aggregate"),
    path("histogram", FigureViewSet.as_view({"get": "histogram"}), name="histogram"),
    path("sessions/<str:session_id>", StoryViewSet.as_view({"get": "session"}), name="session"),
    path("keys/<str:key_id>/timeline", StoryViewSet.as_view({"get": "key"}), name="key-timeline"),
    path("saved-views", SavedViewViewSet.as_view({"get": "list", "post": "create"}), name="saved-views"),
    path("saved-views/<uuid:view_id>", SavedViewViewSet.as_view({"delete": "destroy"}), name="saved-view"),
]
proving = [
    path("checkpoint", CheckpointViewSet.as_view({"get": "newest"}), name="checkpoint"),
    path("checkpoints", CheckpointViewSet.as_view({"get": "list"}), name="checkpoints"),
    path("consistency", CheckpointViewSet.as_view({"get": "consistency"}), name="consistency"),
    path("log-keys", CheckpointViewSet.as_view({"get": "keys"}), name="log-keys"),
    path("tile/entries/<path:number>", TileViewSet.as_view({"get": "entries"}), name="tile-entries"),
    path("tile/<int:level>/<path:number>", TileViewSet.as_view({"get": "tile"}), name="tile"),
    path("schemas", SchemaViewSet.as_view({"get": "list"}), name="schemas"),
    path("schemas/<str:type_name>", SchemaViewSet.as_view({"get": "retrieve"}), name="schema"),
    path("health", HealthViewSet.as_view({"get": "health"}), name="health"),
    path("integrity/status", StandingViewSet.as_view({"get": "status"}), name="integrity-status"),
    path("gaps", StandingViewSet.as_view({"get": "gaps"}), name="gaps"),
    path("verify", StandingViewSet.as_view({"post": "verify"}), name="verify"),
    path("verifications", StandingViewSet.as_view({"get": "runs"}), name="verifications"),
]
app_name = "evidence-keeping-api"
urlpatterns = [
    *router.urls,
    *finding,
    *proving,
    path("events/<uuid:event_id>/content", ContentViewSet.as_view({"post": "create"}), name="event-content"),
    path("hash", HashViewSet.as_view({"post": "create"}), name="hash"),
    path("retention/plan", RetentionPlanViewSet.as_view({"get": "plan"}), name="retention-plan"),
    path("retention/run", RetentionPlanViewSet.as_view({"post": "run"}), name="retention-run"),
]
