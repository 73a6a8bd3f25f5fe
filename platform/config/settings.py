"""Django settings. Every value comes from the environment (docs/configuration.md) or has a default that runs."""

from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab

from config import env, navigation

BASE_DIR = Path(__file__).resolve().parents[2]

# --- Where and who we are -----------------------------------------------------------------------------------------
GATEHOUSE_DATA = Path(env.text("GATEHOUSE_DATA", str(BASE_DIR / "var"))).resolve()
GATEHOUSE_HOST = env.text("GATEHOUSE_HOST", "127.0.0.1")
GATEHOUSE_PORT = env.integer("GATEHOUSE_PORT", 8000, 1, 65535)
GATEHOUSE_PUBLIC_URL = env.text("GATEHOUSE_PUBLIC_URL", f"http://{GATEHOUSE_HOST}:{GATEHOUSE_PORT}").rstrip("/")
GATEHOUSE_WORKERS = env.integer("GATEHOUSE_WORKERS", 1, 1, 64)

# --- Secrets, each with one purpose -------------------------------------------------------------------------------
GATEHOUSE_KEKS = env.keks(env.kept_secret("GATEHOUSE_KEKS", GATEHOUSE_DATA / "kek", env.fresh_kek))
SECRET_KEY = env.kept_secret("SECRET_KEY", GATEHOUSE_DATA / "secret_key", env.fresh_token)

# --- Gateway ------------------------------------------------------------------------------------------------------
GATEHOUSE_EGRESS_ALLOW = env.words("GATEHOUSE_EGRESS_ALLOW")
GATEHOUSE_PASSWORD_LOGIN = env.flag("GATEHOUSE_PASSWORD_LOGIN", default=True)
GATEHOUSE_ACCESS_TOKEN_SECONDS = env.integer("GATEHOUSE_ACCESS_TOKEN_SECONDS", 600, 60, 3600)
# Where a DPoP proof has to echo a nonce of ours: nowhere, where tokens are asked for, or everywhere.
GATEHOUSE_DPOP_NONCE = env.choice("GATEHOUSE_DPOP_NONCE", "token", ("off", "token", "always"))
# Configuration older than this is never used to let a call through (SECURITY 5.6: stale data fails closed).
GATEHOUSE_STALE_SECONDS = env.integer("GATEHOUSE_STALE_SECONDS", 1, 1, 60)
GATEHOUSE_KEEP_ALIVE_SECONDS = env.integer("GATEHOUSE_KEEP_ALIVE_SECONDS", 15, 1, 300)
GATEHOUSE_MOST_PARALLEL_CALLS = env.integer("GATEHOUSE_MOST_PARALLEL_CALLS", 10_000, 1, 1_000_000)
# A shared store that came back waits so long for every process to say what it holds of limits.
GATEHOUSE_SETTLING_SECONDS = env.integer("GATEHOUSE_SETTLING_SECONDS", 2, 0, 60)
GATEHOUSE_TRUSTED_PROXIES = env.words("GATEHOUSE_TRUSTED_PROXIES")
GATEHOUSE_METRICS_TOKEN = env.text("GATEHOUSE_METRICS_TOKEN")  # empty: /metrics answers this machine only

# --- Django -------------------------------------------------------------------------------------------------------
DEBUG = env.flag("GATEHOUSE_DEBUG", default=False)
ALLOWED_HOSTS = [*env.words("GATEHOUSE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"), env.host(GATEHOUSE_PUBLIC_URL)]
CSRF_TRUSTED_ORIGINS = [env.origin(GATEHOUSE_PUBLIC_URL)]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False  # an API path is itself or nothing; the admin redirects on its own
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["config.formats"]

INSTALLED_APPS = [
    "config",  # before unfold: its templates override the theme's
    "unfold.apps.BasicAppConfig",  # the site is ours: config.site
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "config.admin_site.GatehouseAdminConfig",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "axes",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "audit",
    "accounts",
    "llmproxy",
]

# The control plane's. Gateway paths never pass through it: config.asgi answers them before Django's handler.
MIDDLEWARE = [
    "config.client_address.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.request_id.RequestIdMiddleware",
    "config.content_policy.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "audit.middleware.AuditContextMiddleware",
    "accounts.session_limits.SessionLimitsMiddleware",
    "axes.middleware.AxesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.gatekeeper.SecondFactorMiddleware",
    "config.idempotency.IdempotencyMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Databases: the application's and the audit log's, which may be one ---------------------------------------------
SQLITE_OPTIONS: dict[str, Any] = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;",
}


def _database(name: str, default: str) -> dict[str, Any]:
    config: dict[str, Any] = environ.Env.db_url_config(env.text(name, default))  # type: ignore[no-untyped-call]
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = dict(SQLITE_OPTIONS)
    else:
        config["CONN_HEALTH_CHECKS"] = True
    config["CONN_MAX_AGE"] = 60  # seconds; see config.control_threads
    return config


_APP_DATABASE = f"sqlite:///{GATEHOUSE_DATA / 'app.sqlite3'}"
_AUDIT_DATABASE = env.text("DATABASE_URL") or f"sqlite:///{GATEHOUSE_DATA / 'audit.sqlite3'}"
DATABASES = {"default": _database("DATABASE_URL", _APP_DATABASE)}
if env.text("AUDIT_DATABASE_URL", _AUDIT_DATABASE) != env.text("DATABASE_URL", _APP_DATABASE):
    DATABASES["audit"] = _database("AUDIT_DATABASE_URL", _AUDIT_DATABASE)
# Two aliases for one database would let one alias's migrations mark the other's as applied.
AUDIT_DB_ALIAS = "audit" if "audit" in DATABASES else "default"
DATABASE_ROUTERS = ["audit.router.AuditRouter"]

# --- Redis protocol, broker, Celery ---------------------------------------------------------------------------------
VALKEY_SOCKET = env.socket_path(GATEHOUSE_DATA / "valkey" / "valkey.sock")
REDIS_URL = env.text("REDIS_URL", f"unix://{VALKEY_SOCKET}")
REDIS_IS_EMBEDDED = not env.text("REDIS_URL")
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", REDIS_URL.replace("unix://", "redis+socket://", 1))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "gatehouse"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "config.recorded_schedule:RecordedScheduler"
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "audit-ingest-sweep": {"task": "audit.ingest", "schedule": 5.0, "options": {"expires": 5}},
    "audit-checkpoint": {"task": "audit.sign_checkpoint", "schedule": 5.0, "options": {"expires": 5}},
    "audit-review-queues": {"task": "audit.feed_review_queues", "schedule": 30.0, "options": {"expires": 30}},
    "audit-alerts": {"task": "audit.alerts", "schedule": 15.0, "options": {"expires": 15}},
    "audit-take-up": {"task": "audit.take_up", "schedule": 15.0, "options": {"expires": 15}},
    "audit-anchors": {"task": "audit.lay_anchors", "schedule": 30.0, "options": {"expires": 30}},
    "audit-partitions": {"task": "audit.partitions", "schedule": crontab(hour=1, minute=7)},
    "audit-prune-rollups": {"task": "audit.prune_rollups", "schedule": crontab(hour=1, minute=37)},
    "audit-reconcile": {"task": "audit.reconcile", "schedule": 30.0, "options": {"expires": 30}},
    "audit-sinks": {"task": "audit.feed_sinks", "schedule": 15.0, "options": {"expires": 15}},
    "audit-expire-exports": {"task": "audit.expire_exports", "schedule": 600.0, "options": {"expires": 600}},
    # Tree and signatures every hour; once a night the columns that searches use as well, which takes longer.
    "audit-verify-tree": {"task": "audit.verify_on_schedule", "args": (False,), "schedule": 3600.0},
    "audit-verify-all": {"task": "audit.verify_on_schedule", "args": (True,), "schedule": crontab(hour=3, minute=17)},
    "audit-retention": {"task": "audit.run_retention", "schedule": crontab(hour=4, minute=23)},
    "audit-finish-shredding": {"task": "audit.finish_shredding", "schedule": 300.0, "options": {"expires": 300}},
    "signing-key-ring": {"task": "accounts.advance_key_ring", "schedule": 30.0, "options": {"expires": 30}},
    "ledger": {"task": "llmproxy.fill_ledger", "schedule": 5.0, "options": {"expires": 5}},
    "repricing": {"task": "llmproxy.reprice", "schedule": 15.0, "options": {"expires": 15}},
    "budget-alerts": {"task": "llmproxy.tell_budget_alerts", "schedule": 15.0, "options": {"expires": 15}},
    "password-letters": {"task": "accounts.send_password_letters", "schedule": 5.0, "options": {"expires": 5}},
    "prune-changes": {"task": "accounts.prune_changes", "schedule": 600.0, "options": {"expires": 600}},
    "issuer-keys": {"task": "accounts.fetch_issuers", "schedule": 15.0, "options": {"expires": 15}},
    "health-probes": {"task": "llmproxy.probe_deployments", "schedule": 60.0, "options": {"expires": 50}},
    "provider-access-tokens": {
        "task": "llmproxy.renew_access_tokens",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
}

# --- Audit ----------------------------------------------------------------------------------------------------------
AUDIT_SPOOL = GATEHOUSE_DATA / "spool"
AUDIT_CONTENT_SPOOL = GATEHOUSE_DATA / "content-spool"
# Searches for rare values go by the minutes that hold them: beyond this they go by hours.
AUDIT_MINUTES_DAYS = env.integer("GATEHOUSE_AUDIT_MINUTES_DAYS", 100, 2, 3660)
AUDIT_RETENTION_FLOORS = env.numbers("GATEHOUSE_RETENTION_FLOORS")
AUDIT_BLOBS = Path(env.text("GATEHOUSE_AUDIT_BLOBS", str(GATEHOUSE_DATA / "blobs")))
AUDIT_SHREDDED_FILE = Path(env.text("GATEHOUSE_AUDIT_SHREDDED_FILE", str(GATEHOUSE_DATA / "audit-shredded")))
AUDIT_EXPORTS = Path(env.text("GATEHOUSE_AUDIT_EXPORTS", str(GATEHOUSE_DATA / "exports")))
AUDIT_ANCHORS = Path(env.text("GATEHOUSE_AUDIT_ANCHORS", str(GATEHOUSE_DATA / "anchors")))
AUDIT_WATCHED = "config.watched_tables.WATCHED"
ACCOUNTS_BUDGETS = "llmproxy.budgets.named.NamedBudgets"
AUDIT_OUTSIDE = "accounts.evidence_outside.EvidenceOutside"
AUDIT_NODE = env.text("GATEHOUSE_NODE", "local")
AUDIT_ORIGIN = env.text("GATEHOUSE_AUDIT_ORIGIN", f"{env.host(GATEHOUSE_PUBLIC_URL)}/audit/1")
AUDIT_KEY_FILE = Path(env.text("GATEHOUSE_AUDIT_KEY_FILE", str(GATEHOUSE_DATA / "audit-signing-key")))
AUDIT_CHECKPOINT_FILE = Path(env.text("GATEHOUSE_AUDIT_CHECKPOINT_FILE", str(GATEHOUSE_DATA / "audit-checkpoint")))

# --- People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "accounts.role_backend.RoleBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.password_rules.LengthBySecondFactor"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.password_rules.NotGuessedFirst"},
    {"NAME": "accounts.breached_passwords.NotBreached"},
]
_BREACHED = env.text("GATEHOUSE_BREACHED_PASSWORDS")
GATEHOUSE_BREACHED_PASSWORDS = Path(_BREACHED) if _BREACHED else None
PASSWORD_RESET_TIMEOUT = 3600
# Everybody who signs in brings a second factor; off by default only where nobody but this machine can connect.
GATEHOUSE_REQUIRE_MFA = env.flag("GATEHOUSE_REQUIRE_MFA", default=env.host(GATEHOUSE_PUBLIC_URL) not in env.LOOPBACK)
SOCIALACCOUNT_ADAPTER = "accounts.sign_on.flow.SignOnAdapter"
MFA_ADAPTER = "accounts.second_factor.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # one step of thirty seconds either way
MFA_RECOVERY_CODE_DIGITS = 10
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "accounts.lockout.answer"
AXES_ENABLE_ADMIN = False

_HTTPS = GATEHOUSE_PUBLIC_URL.startswith("https://")
SESSION_COOKIE_NAME = "__Host-gatehouse_session" if _HTTPS else "gatehouse_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 3600 * env.integer("GATEHOUSE_SESSION_HOURS", 12, 1, 7 * 24)
GATEHOUSE_SESSION_IDLE_MINUTES = env.integer("GATEHOUSE_SESSION_IDLE_MINUTES", 60, 5, 24 * 60)
CSRF_COOKIE_NAME = "__Host-gatehouse_csrf" if _HTTPS else "gatehouse_csrf"
SECURE_HSTS_SECONDS = 31536000 if _HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.error_pages.csrf_failure"
UNFOLD = navigation.UNFOLD
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],  # config.content_policy adds what the admin theme needs, there only
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# --- APIs -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ManagementAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.RolePermission"],
    "DEFAULT_PAGINATION_CLASS": "accounts.api.paging.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["accounts.api.filtering.StrictFilters"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problem_details.exception_handler",
}
SIMPLE_JWT = {"AUTH_TOKEN_CLASSES": ["accounts.jwt.AccessToken"], "AUTH_HEADER_TYPES": ["Bearer"]}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gatehouse management API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "PREPROCESSING_HOOKS": ["config.api_docs.management_paths"],
    "ENUM_NAME_OVERRIDES": {
        "Role": "accounts.roles.Role",
        "RevocationKind": "accounts.models.revocation.RevocationKind",
        "ModelKind": "llmproxy.models.kinds.kind_choices",
        "PlaceRole": "llmproxy.models.kinds.role_choices",
        "DecidedState": "audit.models.retention.Decided.State",
        "AuditPolicyState": "audit.models.policy.AuditPolicy.State",
    },
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Static files, mail ----------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = GATEHOUSE_DATA / "static"
WHITENOISE_USE_FINDERS = True
# Without a server letters are printed by the process that would send them.
vars().update(env.mail(env.text("GATEHOUSE_EMAIL_URL", "consolemail://")))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("GATEHOUSE_EMAIL_FROM", f"gatehouse@{env.host(GATEHOUSE_PUBLIC_URL)}")
EMAIL_TIMEOUT = 10

# --- Logs: config.logging_setup builds the rest -----------------------------------------------------------------------
LOGGING_CONFIG = "config.logging_setup.configure"
LOGGING = {"level": env.text("GATEHOUSE_LOG_LEVEL", "INFO"), "format": env.text("GATEHOUSE_LOG_FORMAT", "console")}
