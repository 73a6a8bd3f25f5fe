"""`/api/v1/audit/checkpoint`, `checkpoints`, `consistency`, `tile/…`, `schemas/…`: for who checks for himself."""

import re
from typing import Any, ClassVar

from django.conf import settings
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.paging import KeysetPagination
from audit.actions.sign_checkpoint import key_file, sign_checkpoint, trusted_keys
from audit.catalogue import EVENT_TYPES
from audit.models import AuditEvent, SignedCheckpoint, TreeState
from audit.schemas.record import known_schema
from audit.stored_tree import StoredTree
from audit.tree import tiles
from config.evidence_api.asking import EventSerializer, possible, whole
from config.evidence_api.finding import SEE

LARGEST = 1 << 62
NUMBER = re.compile(r"(?:x\d{3}/)*\d{3}(?:\.p/(?P<width>\d{1,3}))?", re.ASCII)
IMMUTABLE = "private, max-age=31536000, immutable"


class CheckpointSerializer(serializers.ModelSerializer[SignedCheckpoint]):
    """`note` is the C2SP signed note."""

    root = serializers.SerializerMethodField()  # type: ignore[assignment]

    class Meta:
        model = SignedCheckpoint
        fields = ("size", "root", "note", "signed_at")

    def get_root(self, row: SignedCheckpoint) -> str:
        """Hexadecimal."""
        return bytes(row.root).hex()


class ConsistencySerializer(serializers.Serializer[Any]):
    """RFC 6962 §2.1.2; hashes in hexadecimal."""

    first = serializers.IntegerField()
    second = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())


class BySize(KeysetPagination):
    """Checkpoints have no id but their size."""

    ordering = "-size"


class CheckpointViewSet(GenericViewSet[SignedCheckpoint]):
    """What was signed. It concerns every organisation and shows nothing of any."""

    queryset = SignedCheckpoint.objects.all()
    serializer_class = CheckpointSerializer
    pagination_class = BySize
    permissions_by_action: ClassVar[dict[str, str]] = dict.fromkeys(("list", "newest", "consistency", "keys"), SEE)

    def list(self, request: Request) -> Response:
        """All checkpoints, the newest first."""
        page = self.paginate_queryset(SignedCheckpoint.objects.using(settings.AUDIT_DB_ALIAS).all())
        return self.get_paginated_response(CheckpointSerializer(page, many=True).data)

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    def newest(self, request: Request) -> HttpResponse:
        """The newest checkpoint (C2SP tlog-checkpoint), signed now where there is something new."""
        possible(sign_checkpoint)
        row = SignedCheckpoint.objects.using(settings.AUDIT_DB_ALIAS).first()
        if row is None:
            raise Http404
        return HttpResponse(row.note, content_type="text/plain; charset=utf-8")

    @extend_schema(
        parameters=[OpenApiParameter("from", int, required=True), OpenApiParameter("to", int, required=True)],
        responses=ConsistencySerializer,
    )
    def consistency(self, request: Request) -> Response:
        """That the log of `from` events is the beginning of the log of `to` events."""
        size = TreeState.newest_leaf() + 1
        second = whole(request.query_params, "to", 1, max(1, size))
        first = whole(request.query_params, "from", 1, second)
        path = possible(lambda: StoredTree(settings.AUDIT_DB_ALIAS).consistency(first, second))
        return Response({"first": first, "second": second, "path": [one.hex() for one in path]})

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    def keys(self, request: Request) -> HttpResponse:
        """The log's public keys as vkeys, the current one first. Get them once, from a person that you trust."""
        found = trusted_keys(settings.AUDIT_DB_ALIAS, key_file().keys())
        return HttpResponse("".join(f"{key}\n" for key in found), content_type="text/plain; charset=utf-8")


class TileViewSet(GenericViewSet[AuditEvent]):
    """The tree as C2SP tlog-tiles."""

    queryset = AuditEvent.objects.none()
    serializer_class = EventSerializer
    pagination_class = None
    permissions_by_action: ClassVar[dict[str, str]] = {"tile": SEE, "entries": "audit.view_destination"}

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def tile(self, request: Request, level: int, number: str) -> HttpResponse:
        """Up to 256 hashes of a level: `tile/0/x001/234` or, not yet full, `tile/0/000.p/17`."""
        n, width = _name(number)
        if level > 63:
            raise Http404
        hashes = possible(lambda: _tile(level, n))
        if len(hashes) < width * 32:
            raise Http404
        return _bytes(hashes[: width * 32])

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def entries(self, request: Request, number: str) -> HttpResponse:
        """The records themselves, of every organisation (for superusers): each with its length before it."""
        n, width = _name(number)
        first = n * tiles.WIDTH
        rows = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(
            leaf_index__gte=first, leaf_index__lt=first + width
        )
        found = [bytes(raw) for raw in rows.order_by("leaf_index").values_list("raw", flat=True)]
        if len(found) < width:
            raise Http404
        return _bytes(b"".join(_framed(raw) for raw in found))


class SchemaViewSet(GenericViewSet[AuditEvent]):
    """The catalogue of event types."""

    queryset = AuditEvent.objects.none()
    serializer_class = EventSerializer
    pagination_class = None
    permissions_by_action: ClassVar[dict[str, str]] = dict.fromkeys(("list", "retrieve"), SEE)

    @extend_schema(responses={200: {"type": "array", "items": {"type": "string"}}})
    def list(self, request: Request) -> Response:
        """The names of all types."""
        return Response(sorted(EVENT_TYPES))

    @extend_schema(parameters=[OpenApiParameter("version", int)], responses={200: OpenApiTypes.OBJECT})
    def retrieve(self, request: Request, type_name: str) -> Response:
        """The JSON Schema of a type's records."""
        schema = known_schema(type_name, whole(request.query_params, "version", 1, 999, 1))
        if schema is None:
            raise Http404
        return Response(schema)


def _name(text: str) -> tuple[int, int]:
    found = NUMBER.fullmatch(text)
    if found is None:
        raise ValidationError({"number": ["As in C2SP tlog-tiles, such as x001/234 or 000.p/17."]})
    digits = "".join(letter for letter in text.partition(".")[0] if letter.isdigit())
    width = int(found["width"] or tiles.WIDTH)
    if len(digits) > 18 or not 1 <= width <= tiles.WIDTH:
        raise Http404
    return int(digits), width


def _tile(level: int, n: int) -> bytes:
    try:
        return bytes(StoredTree(settings.AUDIT_DB_ALIAS).tile(level, n))
    except tiles.TileMissing as error:
        raise Http404 from error


def _framed(raw: bytes) -> bytes:
    """uint16 length and bytes, as tlog-tiles has entries; a record of the longest kind has 65,536 bytes, said as 0."""
    return (len(raw) & 0xFFFF).to_bytes(2) + raw


def _bytes(data: bytes) -> HttpResponse:
    return HttpResponse(data, content_type="application/octet-stream", headers={"Cache-Control": IMMUTABLE})
