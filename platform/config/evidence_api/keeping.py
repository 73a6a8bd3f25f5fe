"""`/api/v1/audit/`: `policies`, `retention-policies`, `holds`, `subjects`, `retention`: what is recorded, how long."""

from dataclasses import asdict
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from audit.actions.change_policy import decide_policy, propose_policy
from audit.actions.change_retention import ASK, decide_retention, propose_retention
from audit.actions.erase_subject import ask_for_erasure, decide_erasure
from audit.actions.legal_holds import ask_for_release, decide_release, place_hold
from audit.actions.second_person import holds, may_ask
from audit.models import AuditPolicy, LegalHold, RetentionPolicy, SubjectRequest
from audit.retention.classes import CLASSES, floor_of
from audit.retention.plan import planned, standings
from audit.tasks import ask_retention
from audit.tree.policy_rules import DEFAULT_KIB
from config.evidence_api.deciding import DecidedViewSet, StateFilters, done

SEE = "audit.view_retentionpolicy"
ASKED = (
    "id", "organisation_id", "reason", "state", "requested_by_name", "requested_at", "decided_by_name", "decided_at",
    "decision_note",
)  # fmt: skip


class AskSerializer(serializers.Serializer[Any]):
    """`organisation_id`: empty for the whole installation."""

    organisation_id = serializers.CharField(max_length=64, default="", allow_blank=True)
    reason = serializers.CharField(min_length=5, max_length=500)


class RuleSerializer(serializers.Serializer[Any]):
    """A level for calls of a team (its id), a key (its prefix), a route (a model's public name); left out: of all."""

    level = serializers.ChoiceField(choices=("none", "metadata", "request", "request_and_answer"))
    organisation = serializers.CharField(required=False)
    team = serializers.CharField(required=False)
    key = serializers.CharField(required=False)
    route = serializers.CharField(required=False)


class NewPolicySerializer(AskSerializer):
    """A version of the audit policy."""

    rules = RuleSerializer(many=True)
    fail_modes = serializers.DictField(child=serializers.ChoiceField(choices=("open", "closed")), default=dict)
    largest_kib = serializers.IntegerField(min_value=1, max_value=4096, default=DEFAULT_KIB)
    valid_from = serializers.DateTimeField(required=False, allow_null=True, default=None)


class PolicySerializer(serializers.ModelSerializer[AuditPolicy]):
    """A version and how it stands."""

    class Meta:
        model = AuditPolicy
        fields = (*ASKED, "number", "rules", "fail_modes", "largest_kib", "valid_from")


class PolicyFilters(StateFilters):
    class Meta(StateFilters.Meta):
        model = AuditPolicy


class PolicyViewSet(DecidedViewSet):
    """What is recorded of calls; changed by two people."""

    queryset = AuditPolicy.objects.all()
    serializer_class = PolicySerializer
    filterset_class = PolicyFilters
    view_permission = "audit.view_auditpolicy"
    decide = staticmethod(decide_policy)
    given = NewPolicySerializer

    @extend_schema(request=NewPolicySerializer, responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        """Propose a version; it waits for a second person."""
        names = ("rules", "fail_modes", "largest_kib")
        return self.asked(
            request,
            lambda given: propose_policy(
                request.user, given["organisation_id"], {name: _plain(given[name]) for name in names},
                given["valid_from"], given["reason"],
            ),
        )  # fmt: skip


class NewRetentionSerializer(AskSerializer):
    """For how many days a class is kept."""

    retention_class = serializers.ChoiceField(choices=list(CLASSES))
    days = serializers.IntegerField(min_value=1)


class RetentionSerializer(serializers.ModelSerializer[RetentionPolicy]):
    """A time and how it stands."""

    class Meta:
        model = RetentionPolicy
        fields = (*ASKED, "retention_class", "days")


class RetentionFilters(StateFilters):
    class Meta(StateFilters.Meta):
        model = RetentionPolicy


class RetentionViewSet(DecidedViewSet):
    """How long evidence is kept: longer at once, shorter with a second person."""

    queryset = RetentionPolicy.objects.all()
    serializer_class = RetentionSerializer
    filterset_class = RetentionFilters
    view_permission = SEE
    decide = staticmethod(decide_retention)
    given = NewRetentionSerializer

    @extend_schema(request=NewRetentionSerializer, responses={201: RetentionSerializer})
    def create(self, request: Request) -> Response:
        """Ask for another time."""
        return self.asked(
            request,
            lambda given: propose_retention(
                request.user, given["retention_class"], given["organisation_id"], given["days"], given["reason"]
            ),
        )


class NewHoldSerializer(AskSerializer):
    """What may not go. `filters`: as in the explorer's address; none: everything."""

    name = serializers.CharField(min_length=3, max_length=100)
    filters = serializers.DictField(child=serializers.CharField(max_length=256), default=dict)
    since = serializers.DateTimeField(required=False, allow_null=True, default=None)
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ticket = serializers.CharField(max_length=100, default="", allow_blank=True)


class HoldSerializer(serializers.ModelSerializer[LegalHold]):
    """A hold. `state` and who asked are about its release."""

    class Meta:
        model = LegalHold
        fields = (*ASKED, "name", "query", "since", "until", "ticket", "placed_by_name", "placed_at", "released_at")


class HoldFilters(StateFilters):
    class Meta(StateFilters.Meta):
        model = LegalHold


class WhySerializer(serializers.Serializer[Any]):
    """Why, for the record."""

    reason = serializers.CharField(min_length=5, max_length=500)


class HoldViewSet(DecidedViewSet):
    """Legal holds: placed by one person, released by two (`release`, then `approve`)."""

    queryset = LegalHold.objects.all()
    serializer_class = HoldSerializer
    filterset_class = HoldFilters
    view_permission = SEE
    decide = staticmethod(decide_release)
    given = NewHoldSerializer

    @extend_schema(request=NewHoldSerializer, responses={201: HoldSerializer})
    def create(self, request: Request) -> Response:
        """Place one; it holds from now on."""
        return self.asked(
            request,
            lambda given: place_hold(
                request.user, given["organisation_id"], given["name"], given["filters"],
                (given["since"], given["until"]), given["reason"], given["ticket"],
            ),
        )  # fmt: skip

    @extend_schema(request=WhySerializer, responses=HoldSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Ask for its release; it goes on until a second person approves."""
        row, given = self.get_object(), WhySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        row = done(lambda: ask_for_release(row.pk, request.user, given.validated_data["reason"]))
        return Response(self.get_serializer(row).data)


class NewSubjectSerializer(AskSerializer):
    """Whose content is to go: `usr:…`, `svc:…`, `key:…`, or `end:` and what the application calls its user."""

    organisation_id = serializers.CharField(max_length=64)
    subject = serializers.CharField(max_length=300, write_only=True)


class SubjectSerializer(serializers.ModelSerializer[SubjectRequest]):
    """A request. The person is a pseudonym."""

    class Meta:
        model = SubjectRequest
        fields = (*ASKED, "subject_ref", "outcome", "keys_destroyed", "carried_out_at")


class SubjectFilters(StateFilters):
    class Meta(StateFilters.Meta):
        model = SubjectRequest


class SubjectViewSet(DecidedViewSet):
    """People whose content is to go."""

    queryset = SubjectRequest.objects.all()
    serializer_class = SubjectSerializer
    filterset_class = SubjectFilters
    view_permission = SEE
    decide = staticmethod(decide_erasure)
    given = NewSubjectSerializer

    @extend_schema(request=NewSubjectSerializer, responses={201: SubjectSerializer})
    def create(self, request: Request) -> Response:
        """Ask for it; it waits for a second person."""
        return self.asked(
            request,
            lambda given: ask_for_erasure(request.user, given["organisation_id"], given["subject"], given["reason"]),
        )


class ClassSerializer(serializers.Serializer[Any]):
    """A class of evidence as it stands."""

    retention_class = serializers.CharField()
    title = serializers.CharField()
    days = serializers.IntegerField()
    floor = serializers.IntegerField()
    next_month = serializers.CharField()
    next_at = serializers.DateTimeField(allow_null=True)


class DueSerializer(serializers.Serializer[Any]):
    """A month that is over its time: how much goes (events; of content, keys), how much a hold keeps."""

    retention_class = serializers.CharField()
    organisation_id = serializers.CharField()
    month = serializers.CharField()
    goes = serializers.IntegerField()
    held = serializers.IntegerField()


class PlanSerializer(serializers.Serializer[Any]):
    """The dry run."""

    classes = ClassSerializer(many=True)
    due = DueSerializer(many=True)


class RetentionPlanViewSet(GenericViewSet[RetentionPolicy]):
    """What would go if retention ran now, counted; and asking a worker to run it."""

    queryset = RetentionPolicy.objects.none()
    serializer_class = PlanSerializer
    permissions_by_action: ClassVar[dict[str, str]] = {"plan": SEE, "run": SEE}
    pagination_class = None
    filter_backends = ()

    @extend_schema(responses=PlanSerializer)
    def plan(self, request: Request) -> Response:
        """For who sees the whole installation; others see the content of their organisations."""
        user: Any = request.user
        everywhere = user.is_superuser or holds(user, SEE, "")
        own = user.organisation_ids_with(SEE)
        due = [asdict(one) for one in planned() if everywhere or one.organisation_id in own]
        classes = [{**asdict(one), "floor": floor_of(one.retention_class)} for one in standings()]
        hidden = {} if everywhere else {"next_month": "", "next_at": None}
        return Response(PlanSerializer({"classes": [{**one, **hidden} for one in classes], "due": due}).data)

    @extend_schema(request=None, responses={202: None})
    def run(self, request: Request) -> Response:
        """A worker removes what is over its time, if a checkpoint outside covers it."""
        if not may_ask(request.user, ASK, ""):
            self.permission_denied(request)
        ask_retention()
        return Response(status=202)


def _plain(value: Any) -> Any:
    return [dict(item) for item in value] if isinstance(value, list) else value
