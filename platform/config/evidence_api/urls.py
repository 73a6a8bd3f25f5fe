"""This part of `/api/v1/audit/`."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from config.evidence_api.keeping import (
    HoldViewSet,
    PolicyViewSet,
    RetentionPlanViewSet,
    RetentionViewSet,
    SubjectViewSet,
)
from config.evidence_api.reading import ContentViewSet, HashViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("policies", PolicyViewSet, "audit-policy")
router.register("retention-policies", RetentionViewSet, "retention-policy")
router.register("holds", HoldViewSet, "legal-hold")
router.register("subjects", SubjectViewSet, "subject-request")

app_name = "evidence-keeping-api"
urlpatterns = [
    *router.urls,
    path("events/<uuid:event_id>/content", ContentViewSet.as_view({"post": "create"}), name="event-content"),
    path("hash", HashViewSet.as_view({"post": "create"}), name="hash"),
    path("retention/plan", RetentionPlanViewSet.as_view({"get": "plan"}), name="retention-plan"),
    path("retention/run", RetentionPlanViewSet.as_view({"post": "run"}), name="retention-run"),
]
