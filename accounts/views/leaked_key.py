"""`/api/leaked-keys/`: anybody who found one of our API keys can end it, and learns nothing by trying."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle

from accounts.actions import report_leaked_key
from accounts.views.token import NO_STORE, PublicView

ANSWER = {"detail": "Thank you. If this is one of our keys, it does not work any more."}


class LeakedKeySerializer(serializers.Serializer[Any]):
    """What was found."""

    key = serializers.CharField(max_length=200, trim_whitespace=True)


class ReportsPerAddress(SimpleRateThrottle):
    """Of the peer, not of what a header says of it."""

    scope = "leaked-keys"
    rate = "30/minute"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """By address."""
        return self.cache_format % {"scope": self.scope, "ident": request.META.get("REMOTE_ADDR", "")}


class LeakedKeyView(PublicView):
    """Report a leaked key."""

    throttle_classes = (ReportsPerAddress,)

    @extend_schema(request=LeakedKeySerializer, responses={202: None}, auth=[])
    def post(self, request: Request) -> Response:
        """The whole key ends it within a second. The answer is the same whatever was sent."""
        given = LeakedKeySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        report_leaked_key.execute(given.validated_data["key"])
        return Response(ANSWER, status=202, headers=NO_STORE)
