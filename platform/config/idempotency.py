"""`Idempotency-Key` on POSTs to the management API: a repeated request gets the same answer and changes nothing.

The answer is stored in the transaction of the change, so that either both are there or neither; a second request with
the key waits for the first. Only successes are kept: what was refused may be put right and sent again.
"""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.authentication import ManagementAuthentication
from accounts.models.idempotent_answer import IdempotentAnswer, fingerprint_of
from config import request_id
from config.problem import MEDIA_TYPE, problem

HEADER = "idempotency-key"
PREFIX = "/api/v1/"
LONGEST = 255
REPLAYED = "Idempotency-Replayed"

Answering = Callable[[HttpRequest], HttpResponse]


class IdempotencyMiddleware:
    """For the paths of the management API; last in the chain, so that nothing happens twice outside of it."""

    def __init__(self, get_response: Answering) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, fresh or kept."""
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST" or not request.path.startswith(PREFIX) or _keeps_nothing(request):
            return self._get_response(request)
        if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
            return _refused(request, 400, "invalid_idempotency_key", "Idempotency-Key: 1 to 255 printable characters.")
        subject = _subject(request)
        return self._get_response(request) if subject is None else self._once(request, subject, key)

    def _once(self, request: HttpRequest, subject: str, key: str) -> HttpResponse:
        asked = fingerprint_of(request.method or "", request.get_full_path(), request.body)
        with transaction.atomic():
            IdempotentAnswer.objects.forgotten().filter(subject=subject, key=key).delete()
            row = _claimed(subject, key, asked)
            if row is None:
                return _kept(request, IdempotentAnswer.objects.get(subject=subject, key=key), asked)
            answer = self._get_response(request)
            if answer.status_code >= 500:
                transaction.set_rollback(True)
            elif answer.status_code >= 300:
                row.delete()
            else:
                row.keep(answer.status_code, answer.headers.get("Content-Type", ""), answer.content)
        return answer


def _claimed(subject: str, key: str, asked: bytes) -> IdempotentAnswer | None:
    """A row for the answer to come; None where one is there. Waits for another transaction that has just made one."""
    try:
        with transaction.atomic():
            return IdempotentAnswer.objects.create(subject=subject, key=key, fingerprint=asked)
    except IntegrityError:
        return None


def _kept(request: HttpRequest, row: IdempotentAnswer, asked: bytes) -> HttpResponse:
    if bytes(row.fingerprint) != asked:
        said = "This Idempotency-Key was used for another request. Use a new one for each request."
        return _refused(request, 422, "idempotency_key_reused", said)
    answer = HttpResponse(row.body(), status=row.status, content_type=row.content_type)
    answer.headers[REPLAYED] = "true"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _subject(request: HttpRequest) -> str | None:
    """Whose key it is; None for a stranger, whom the view refuses."""
    try:
        found = ManagementAuthentication().authenticate(Request(request))
    except APIException:
        return None
    return None if found is None else str(found[0].subject)


def _keeps_nothing(request: HttpRequest) -> bool:
    """For actions that change no row and may take long: no transaction is held open for them."""
    try:
        view: Any = resolve(request.path).func
    except Resolver404:
        return True
    unkept: frozenset[str] = getattr(getattr(view, "cls", None), "unkept_actions", frozenset())
    return getattr(view, "actions", {}).get("post") in unkept


def _refused(request: HttpRequest, status: int, code: str, said: str) -> HttpResponse:
    body = problem(status, code, said, request.path, request_id.of(request))
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)
