"""The columns that a record may fill besides its actor, target and attrs (AUDIT 5.1)."""

TEXTS = frozenset(
    (
        "organisation_id", "on_behalf_of", "key_id", "key_prefix", "team_id", "project_id", "request_id", "session_id",
        "trace_id", "span_id", "src_ip", "user_agent", "http_method", "http_path", "error_code", "provider",
        "model_requested", "model_served", "cache_status", "guardrail_verdict", "policy_version", "reason", "ticket",
        "excerpt",
    )
)  # fmt: skip
NUMBERS = frozenset(
    (
        "stage", "severity", "audit_level", "http_status", "tokens_in", "tokens_out", "tokens_cached",
        "tokens_reasoning", "cost_nano", "ttft_us", "duration_us",
    )
)  # fmt: skip
COLUMNS = TEXTS | NUMBERS
LONGEST_COLUMN = 1024
