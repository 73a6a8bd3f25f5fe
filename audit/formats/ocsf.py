"""Events as OCSF 1.6 (schema.ocsf.io): the class by what the event is about, the record itself as raw_data."""

from typing import Any

from audit.models import AuditEvent

VERSION = "1.6.0"
AUTHENTICATION, ENTITY_MANAGEMENT, API_ACTIVITY, BASE = 3002, 3004, 6003, 0
CLASSES = {"auth": AUTHENTICATION, "admin": ENTITY_MANAGEMENT, "key": ENTITY_MANAGEMENT, "proxy": API_ACTIVITY}
ACTIVITIES = {  # activity_id by the last word of the type; 99 is "Other"
    AUTHENTICATION: {"succeeded": 1, "failed": 1, "logout": 2, "issued": 3, "refreshed": 3},
    ENTITY_MANAGEMENT: {"created": 1, "updated": 3, "deleted": 4, "rotated": 3, "revoked": 4},
    API_ACTIVITY: {"completed": 1},
    BASE: {},
}
STATUSES = {"success": 1, "failure": 2, "denied": 2, "error": 2, "aborted": 2}
SEVERITIES = {"success": 1, "failure": 3, "denied": 3, "error": 3, "aborted": 2}


def as_ocsf(event: AuditEvent) -> dict[str, Any]:
    """One OCSF event. Empty attributes are left out; what OCSF has no place for is in raw_data."""
    class_uid = CLASSES.get(event.category, BASE)
    activity = ACTIVITIES[class_uid].get(event.type.rpartition(".")[2], 99)
    return {
        "activity_id": activity,
        **({"activity_name": event.type} if activity == 99 else {}),
        "category_uid": class_uid // 1000,
        "class_uid": class_uid,
        "type_uid": class_uid * 100 + activity,
        "time": int(event.occurred_at.timestamp() * 1000),
        "severity_id": SEVERITIES.get(event.outcome, 0),
        "status_id": STATUSES.get(event.outcome, 99),
        "status": event.outcome,
        **_given(status_code=str(event.http_status or ""), status_detail=event.error_code),
        "metadata": _metadata(event),
        "actor": {"user": _given(uid=event.actor_id, name=event.actor_name, type=event.actor_type)},
        **_of_class(event, class_uid),
        **_given(duration=event.duration_us and event.duration_us // 1000),
        "raw_data": bytes(event.raw).decode("utf-8", "replace"),
    }


def _metadata(event: AuditEvent) -> dict[str, Any]:
    found = {
        "version": VERSION,
        "product": {"name": "Gatehouse", "vendor_name": "Gatehouse"},
        "uid": str(event.pk),
        "event_code": event.type,
        "sequence": event.leaf_index,
        "logged_time": int(event.ingested_at.timestamp() * 1000),
    }
    return found | _given(tenant_uid=event.organisation_id, correlation_uid=event.request_id)


def _of_class(event: AuditEvent, class_uid: int) -> dict[str, Any]:
    source = {"src_endpoint": {"ip": event.src_ip}} if event.src_ip else {}
    target = _given(uid=event.target_id, name=event.target_name, type=event.target_type)
    if class_uid == AUTHENTICATION:
        return source | {"user": _given(uid=event.actor_id, name=event.actor_name)}
    if class_uid == ENTITY_MANAGEMENT:
        return source | {"entity": target or {"name": event.type}}
    if class_uid == API_ACTIVITY:
        return source | {"api": _api(event), **_http(event)}
    return {}


def _api(event: AuditEvent) -> dict[str, Any]:
    found = {"operation": event.http_path or event.type, "service": {"name": event.provider or "gateway"}}
    return found | ({"request": {"uid": event.request_id}} if event.request_id else {})


def _http(event: AuditEvent) -> dict[str, Any]:
    request = _given(http_method=event.http_method, user_agent=event.user_agent)
    return {"http_request": request} if request else {}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
