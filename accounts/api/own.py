"""`/api/v1/my/api-keys`: what every person may do with keys of his own, whatever his roles."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import create_own_key
from accounts.api.api_keys import ApiKeySerializer, ApiKeyViewSet, NewApiKeySerializer
from accounts.api.permissions import READS, check_fresh
from accounts.api.rows import OnlyOrganisation, TenantField
from accounts.models import ApiKey, User


class OwnRows(BasePermission):
    """For views whose rows are the person's own and nobody else's."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """For everybody who is signed in. Raises StepUpRequired."""
        if not isinstance(request.user, User):
            return False
        if request.method not in READS:
            check_fresh(request, view)
        return True


class OwnOrganisationField(TenantField):
    """An organisation that the person belongs to."""

    def get_queryset(self) -> Any:
        """Those, as long as they are active."""
        user: User = self.context["request"].user
        return user.own_organisations()


class OwnKeySerializer(ApiKeySerializer):
    """As any key; its team is the person's."""

    organisation = OwnOrganisationField(default=OnlyOrganisation())

    class Meta(ApiKeySerializer.Meta):
        read_only_fields = (*ApiKeySerializer.Meta.read_only_fields, "team")


class OwnKeyViewSet(ApiKeyViewSet):
    """The asker's own keys. Each can do what the asker may do in its organisation, or less, and ends with him."""

    serializer_class = OwnKeySerializer
    permission_classes = (OwnRows,)
    http_method_names = ("get", "post", "head", "options")
    take_over = None  # type: ignore[assignment]  # they are his already

    def visible(self, rows: Any) -> Any:
        """Those that he made where he still belongs."""
        return rows.own(self.person)

    @extend_schema(request=OwnKeySerializer, responses={201: NewApiKeySerializer})
    def create(self, request: Request, *args: Any, **options: Any) -> Response:
        """The secret is in this answer and nowhere else."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = create_own_key.execute(ApiKey(**given.validated_data), self.person)
        return Response({**self.get_serializer(made.key).data, "key": made.plain}, status=201)
