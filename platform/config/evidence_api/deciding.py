"""What policies, holds and subject requests share in the API: what one may see, asking, a second person's word."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.refusals import NotPossibleNow
from accounts.api.viewsets import TenantViewSet
from audit.actions.errors import NotNow


class NoteSerializer(serializers.Serializer[Any]):
    """A word on the decision; needed to deny."""

    note = serializers.CharField(max_length=500, default="", allow_blank=True)


class DecidedViewSet(TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Rows that one person asks for and another decides on.

    Attributes:
        view_permission: who sees rows of an organisation; those of the whole installation concern everybody.
        decide: the action behind `approve` and `deny`.
        given: what is sent to ask.
    """

    tenant_path = "organisation_id"
    view_permission: ClassVar[str]
    decide_permission: ClassVar[str]
    decide: ClassVar[Callable[..., Any]]
    given: ClassVar[type[serializers.Serializer[Any]]]

    @property
    def permissions_by_action(self) -> dict[str, str]:
        """Whether somebody may ask or decide there is the action's to judge; this lets in who can see."""
        deeds = ("list", "retrieve", "create", "approve", "deny", "release")
        return dict.fromkeys(deeds, self.view_permission)

    def visible(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the person's organisations, and the installation's."""
        if self.person.is_superuser:
            return rows
        return rows.filter(
            Q(organisation_id__in=self.person.organisation_ids_with(self.view_permission)) | Q(organisation_id="")
        )

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        """Seen is enough here: the action asks for the role, and for a second person."""

    @extend_schema(request=NoteSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """As a second person. 409 where that is not for this one."""
        return self.decided(request, approve=True)

    @extend_schema(request=NoteSerializer)
    @action(detail=True, methods=["post"])
    def deny(self, request: Request, pk: str) -> Response:
        """As a second person, with a note."""
        return self.decided(request, approve=False)

    def decided(self, request: Request, *, approve: bool) -> Response:
        """Raises NotPossibleNow."""
        row, given = self.get_object(), NoteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        decide = type(self).decide
        row = done(lambda: decide(row.pk, request.user, approve=approve, note=given.validated_data["note"]))
        return Response(self.get_serializer(row).data)

    def asked(self, request: Request, ask: Callable[[dict[str, Any]], Any]) -> Response:
        """Raises ValidationError, NotPossibleNow."""
        given = self.given(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(self.get_serializer(done(lambda: ask(given.validated_data))).data, status=201)


def done(deed: Callable[[], Any]) -> Any:
    """What a deed gives. Raises NotPossibleNow, with the words for the person."""
    try:
        return deed()
    except NotNow as error:
        raise NotPossibleNow(str(error)) from error


class StateFilters(FilterSet):
    """By organisation and state."""

    class Meta:
        fields = ("organisation_id", "state")
