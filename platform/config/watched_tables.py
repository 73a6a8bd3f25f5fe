"""Which tables the database watches for changes past Gatehouse, and which it does not, with the reason.

Every installed model is in exactly one of the two (tests/config/test_watched_tables.py).
"""

from audit.watching.tables import DELETE, UPDATE, Watch

WATCHED: dict[str, Watch] = {
    "accounts.organisation": Watch(),
    "accounts.team": Watch(),
    "accounts.user": Watch(quiet=("last_login",)),
    "accounts.user_groups": Watch(),
    "accounts.user_user_permissions": Watch(),
    "accounts.membership": Watch(),
    "accounts.invitation": Watch(),
    "accounts.apikey": Watch(quiet=("last_used_at",)),
    "accounts.serviceaccount": Watch(),
    "accounts.clientcredential": Watch(quiet=("last_used_at",)),
    "accounts.revocation": Watch(),
    "accounts.identityprovider": Watch(),
    "accounts.signingkey": Watch(),
    "auth.group": Watch(),
    "auth.group_permissions": Watch(),
    "account.emailaddress": Watch(),
    "mfa.authenticator": Watch(quiet=("last_used_at",)),
    "socialaccount.socialapp": Watch(),
    "socialaccount.socialaccount": Watch(quiet=("last_login", "extra_data")),
    "django_celery_beat.periodictask": Watch(quiet=("last_run_at", "total_run_count", "date_changed")),
    "django_celery_beat.intervalschedule": Watch(),
    "django_celery_beat.crontabschedule": Watch(),
    "django_celery_beat.solarschedule": Watch(),
    "django_celery_beat.clockedschedule": Watch(),
    "llmproxy.provider": Watch(),
    "llmproxy.providercredential": Watch(
        quiet=("access_token_sealed", "access_token_expires_at", "access_token_problem")
    ),
    "llmproxy.modelfacts": Watch(quiet=("updated_at",)),
    "llmproxy.modeldeployment": Watch(),
    "llmproxy.price": Watch(),
    "llmproxy.route": Watch(),
    "llmproxy.routedeployment": Watch(),
    "llmproxy.routefallback": Watch(),
    "llmproxy.modelpreset": Watch(),
    "audit.destination": Watch(quiet=("position", "next_at", "succeeded_at", "failures", "problem")),
    "audit.anchor": Watch(verbs=(UPDATE, DELETE)),
    "audit.exportjob": Watch(
        quiet=("touched_at", "percent", "events", "size", "sha256", "problem", "expires_at", "downloads")
    ),
    "audit.auditpolicy": Watch(),
    "audit.reviewqueue": Watch(quiet=("fed_up_to",)),
    "audit.reviewitem": Watch(quiet=("reserved_by", "reserved_by_name", "reserved_until")),
    "audit.reviewaction": Watch(),
}

SEALED = "sealed content: `audit verify` compares it with the log"
LOG = "the log's own database: its tree finds changes"
UNWATCHED: dict[str, str] = {
    "accounts.changeevent": "announcements of changes, pruned by themselves",
    "accounts.idempotentanswer": "answers kept for repetition, sealed, pruned by themselves",
    "accounts.refreshfamily": "sessions: `auth.login.succeeded`, `auth.session.revoked`",
    "accounts.refreshtoken": "sessions: `auth.token.refreshed`",
    "account.emailconfirmation": "letters that are under way",
    "admin.logentry": "Django's own list of recent actions; not evidence",
    "auth.permission": "which rights there are is said by the program; who has them is watched",
    "axes.accessattempt": "failed log-ins: `auth.login.failed`",
    "axes.accessattemptexpiration": "failed log-ins: `auth.login.failed`",
    "axes.accessfailurelog": "failed log-ins: `auth.login.failed`",
    "axes.accesslog": "log-ins: `auth.login.succeeded`",
    "contenttypes.contenttype": "names of tables",
    "django_celery_beat.periodictasks": "when schedules changed, for the scheduler",
    "sessions.session": "browser sessions: `auth.login.succeeded`, `auth.logout`",
    "socialaccount.socialtoken": "tokens of identity providers; Gatehouse keeps none",
    "audit.outboxrecord": "records on their way; one that vanishes is found by its note",
    "audit.controlchange": "the notes themselves",
    "audit.savedview": "searches that people kept for themselves",
    "audit.auditblob": SEALED,
    "audit.keptcontent": SEALED,
    "audit.secretsighting": SEALED,
    "audit.subjectkey": SEALED,
    "audit.auditevent": LOG,
    "audit.deadletter": LOG,
    "audit.latencyrollup": LOG,
    "audit.logkey": LOG,
    "audit.rollup": LOG,
    "audit.signedcheckpoint": LOG,
    "audit.spoolsegment": LOG,
    "audit.spoolwriterrow": LOG,
    "audit.treestate": LOG,
    "audit.treetile": LOG,
    "audit.verificationrun": LOG,
}
