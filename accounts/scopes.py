"""Scopes: what a credential may do."""

from django.core.exceptions import ValidationError

GATEWAY_SCOPES = ("models:invoke", "models:read", "embeddings")
MANAGEMENT_SCOPES = ("management",)
ALL_SCOPES = (*GATEWAY_SCOPES, *MANAGEMENT_SCOPES)


def default_scopes() -> list[str]:
    """Everything an application needs."""
    return list(GATEWAY_SCOPES)


def validate_scopes(value: object) -> None:
    """Raises ValidationError unless `value` is a list of known scopes."""
    if not isinstance(value, list) or not value:
        raise ValidationError("Name at least one scope.")
    if unknown := [scope for scope in value if scope not in ALL_SCOPES]:
        raise ValidationError(f"Unknown scopes: {', '.join(map(str, unknown))}. Known: {', '.join(ALL_SCOPES)}.")
