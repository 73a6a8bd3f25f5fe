"""What must never be read in a log line: credentials, wherever they hide (SECURITY 4.2). Pure text in, text out."""

import re
from collections.abc import Mapping

REDACTED = "[redacted]"

SECRET_NAMES = frozenset(
    {
        "access", "access_token", "api_key", "api-key", "apikey", "authorization", "client_assertion", "client_secret",
        "cookie", "credential", "dpop", "id_token", "password", "proxy-authorization", "proxy_authorization", "refresh",
        "refresh_token", "secret", "secret_key", "set-cookie", "set_cookie", "subject_token", "x-api-key", "x_api_key",
        "x-goog-api-key", "x_goog_api_key",
    }
)  # fmt: skip

_NAMES = "|".join(re.escape(name) for name in sorted(SECRET_NAMES - {"access", "refresh"}, key=len, reverse=True))
_HEADERS = "proxy-authorization|authorization|x-goog-api-key|x-api-key|api-key|set-cookie|cookie|dpop"

PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # 'authorization': '...', (b"x-api-key", b"..."), "password": "..."
    (re.compile(rf"""(?i)(["'](?:{_NAMES}|access|refresh)["']\s*[:,]\s*b?["'])[^"']*"""), rf"\1{REDACTED}"),
    # Authorization: ... up to the end of the line, for it may hold several words
    (re.compile(rf"(?i)\b((?:{_HEADERS})\s*[:=]\s*)[^\r\n]+"), rf"\1{REDACTED}"),
    # ?key=..., client_secret=...
    (re.compile(rf"(?i)((?:[?&]key|\b(?:{_NAMES}|token))=)[^&\s\"'#,;)]+"), rf"\1{REDACTED}"),
    (re.compile(r"(?i)\b(bearer|basic|dpop)\s+[\w.~+/=-]{16,}"), rf"\1 {REDACTED}"),
    (re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*)+"), f"[jwt {REDACTED[1:]}"),
    (re.compile(r"(?<![A-Za-z0-9])(gth[a-z]?_(?:[a-z]+_)?)\w{6,}"), rf"\1{REDACTED}"),
    (re.compile(r"(?<![A-Za-z0-9])(sk-|AIza|gsk_|ghp_|xox[abp]-|AKIA)[\w-]{8,}"), rf"\1{REDACTED}"),
    (re.compile(r"(://)[^/@\s]+@"), rf"\1{REDACTED}@"),
)


def clean(text: str) -> str:
    """`text` without anything that looks like a credential."""
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def clean_value(name: str, value: object) -> object:
    """`value`, logged under `name`, without credentials: judged by its name, else by its looks."""
    if name.lower() in SECRET_NAMES and value is not None:
        return REDACTED
    match value:
        case str():
            return clean(value)
        case bytes():
            return clean(value.decode("utf-8", "backslashreplace"))
        case Mapping():
            return {str(key): clean_value(str(key), item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [clean_value("", item) for item in value]
        case bool() | int() | float() | None:
            return value
    return clean(repr(value))
