"""A problem as RFC 9457 describes it."""

from http import HTTPStatus

MEDIA_TYPE = "application/problem+json"
CODES = {400: "bad_request", 403: "permission_denied", 404: "not_found", 500: "internal_error"}
DETAILS = {
    400: "The request could not be understood.",
    403: "You may not do this.",
    404: "There is nothing at this address.",
    500: "Something went wrong on our side. Quote the request id when you report it.",
}
PHRASES = {status.value: status.phrase for status in HTTPStatus}


def problem(status: int, code: str, detail: str, instance: str, request_id: str, **more: object) -> dict[str, object]:
    """The members of RFC 9457 §3.1, with `code` and `request_id` as extensions."""
    title = PHRASES.get(status, "Error")
    return {
        "type": f"urn:gatehouse:problem:{code}", "title": title, "status": status, "detail": detail,
        "instance": instance, "code": code, "request_id": request_id, **more,
    }  # fmt: skip
