"""What limits and budgets share in the API: which calls a rule is about, and a dry run over the last day's calls."""

from typing import Any

from rest_framework import serializers

from accounts.api.rows import RowSerializer, TeamField
from accounts.models import ApiKey, ServiceAccount, User
from llmproxy.api.sharing import OnlyOrganisationOrAll, SharedTenantField
from llmproxy.ledger.dry_run import Verdict
from llmproxy.metering.scope import COUNTED

SCOPE = (
    "id", "organisation", "name", "team", "user", "service_account", "api_key", "model", "endpoint", "end_user", "per",
)  # fmt: skip


class OwnField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A row of one of the person's organisations; that it is of the rule's own is the model's rule."""

    def get_queryset(self) -> Any:
        """Those of the person."""
        user: User = self.context["request"].user
        model: Any = {"service_account": ServiceAccount, "api_key": ApiKey}[str(self.source)]
        return (
            model.objects.all() if user.is_superuser else model.objects.filter(organisation__in=user.organisation_ids())
        )


class MemberField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # as above
    """A person of one of the asker's organisations."""

    def get_queryset(self) -> Any:
        """Those whom the asker may know."""
        user: User = self.context["request"].user
        mine = User.objects.filter(memberships__organisation__pk__in=user.organisation_ids()).distinct()
        return User.objects.all() if user.is_superuser else mine


class ScopedRuleSerializer(RowSerializer):
    """A rule about some calls. Empty members narrow nothing."""

    organisation = SharedTenantField(default=OnlyOrganisationOrAll(), help_text="null: calls of all organisations.")
    team = TeamField(required=False, allow_null=True)
    user = MemberField(required=False, allow_null=True)
    service_account = OwnField(required=False, allow_null=True)
    api_key = OwnField(required=False, allow_null=True)
    per = serializers.ListField(
        child=serializers.ChoiceField(choices=COUNTED),
        required=False,
        help_text="Each of these is counted by itself.",
    )


class HitSerializer(serializers.Serializer[Any]):
    """Whose calls would have been refused; "" where all count together."""

    subject = serializers.CharField(allow_blank=True)
    refused = serializers.IntegerField()


class DryRunSerializer(serializers.Serializer[Any]):
    """What the rule would have done to the last day's calls."""

    calls = serializers.IntegerField()
    refused = serializers.IntegerField()
    first_refused_at = serializers.DateTimeField(allow_null=True)
    cut_short = serializers.BooleanField(help_text="There were more calls than are looked at.")
    subjects = HitSerializer(many=True)


def told(verdict: Verdict) -> dict[str, Any]:
    """A verdict as DryRunSerializer describes it."""
    return {
        "calls": verdict.calls, "refused": verdict.refused, "first_refused_at": verdict.first_refused_at,
        "cut_short": verdict.cut_short,
        "subjects": [{"subject": subject, "refused": number} for subject, number in verdict.subjects],
    }  # fmt: skip
