"""What each role may do: the one table behind every permission of the admin and of the management API.

A row of another package is named here by `app.model`; what is not named is for superusers only (default deny).
Separation of duties (SECURITY 4.10): who changes configuration does not judge the evidence of it, nor the reverse.
"""

from collections.abc import Iterable

from django.db import models


class Role(models.TextChoices):
    """Roles within an organisation."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    DEVELOPER = "developer"
    BILLING_VIEWER = "billing_viewer"
    AUDITOR = "auditor"
    REVIEW_LEAD = "review_lead"
    COMPLIANCE_OFFICER = "compliance_officer"


VIEW = ("view",)
ASK = ("view", "add")
CHANGE = ("view", "change")
WORK = ("view", "add", "change")
MANAGE = ("view", "add", "change", "delete")

GATEWAY = (
    "llmproxy.provider",
    "llmproxy.providercredential",
    "llmproxy.modeldeployment",
    "llmproxy.route",
    "llmproxy.routedeployment",
    "llmproxy.routefallback",
    "llmproxy.modelpreset",
    "llmproxy.responsecache",
)
PRICES = ("llmproxy.price", "llmproxy.modelfacts")
# Limits and money: what is decided, what is asked for, what happened.
RULES = ("llmproxy.limit", "llmproxy.budget", "llmproxy.costcentre", "llmproxy.costassignment")
ASKED = ("llmproxy.budgetincrease", "llmproxy.repricing")
BOOKS = ("llmproxy.ledgerentry", "llmproxy.budgetalert")
PROGRAMS = ("accounts.apikey", "accounts.serviceaccount", "accounts.clientcredential")
TRUST = ("accounts.trustedissuer", "accounts.issuerrule")
PEOPLE = ("accounts.team", "accounts.membership", "accounts.invitation")
TENANT = ("accounts.organisation",)
PERSONS = ("accounts.user",)
# Who says which provider vouches for people decides who comes in: the owner's alone.
SIGN_ON = ("accounts.identityprovider",)
EVIDENCE = ("audit.auditevent",)
QUEUES = ("audit.reviewqueue",)
CASES = ("audit.reviewcase",)
ALERTS, ALERT_RULES = ("audit.alert",), ("audit.alertrule",)
EXPORTS = ("audit.exportjob",)
POLICIES = ("audit.auditpolicy",)
RETENTION = ("audit.retentionpolicy", "audit.legalhold", "audit.subjectrequest")
# Who asks for an export of evidence never decides on it himself: see audit.models.export_job.
DECIDE = frozenset(("audit.decide_exportjob",))
# Nor on more money, or other prices, that he asked for: see llmproxy.actions.
DECIDE_MONEY = frozenset(("llmproxy.decide_budgetincrease", "llmproxy.decide_repricing"))
# What is recorded is decided by those who answer for the evidence, never by those whose calls it is about.
DECIDE_POLICY = frozenset(("audit.decide_auditpolicy", "audit.decide_retention"))
# Reading what people wrote, with a reason and on record; the original besides the redacted copy.
READ = frozenset(("audit.read_content",))
READ_ORIGINAL = READ | {"audit.read_original"}


def _grant(verbs: Iterable[str], *areas: tuple[str, ...]) -> frozenset[str]:
    names = [name.partition(".") for area in areas for name in area]
    return frozenset(f"{app}.{verb}_{model}" for app, _, model in names for verb in verbs)


_RUNNING = (
    _grant(MANAGE, GATEWAY, PROGRAMS, TRUST, PEOPLE, RULES, ("llmproxy.price",))
    | _grant(CHANGE, TENANT)
    | _grant(ASK, ASKED)
    | _grant(VIEW, PERSONS, PRICES, BOOKS)
    | DECIDE_MONEY
)
PERMISSIONS: dict[str, frozenset[str]] = {
    Role.OWNER: _RUNNING
    | _grant(MANAGE, SIGN_ON)
    | _grant(VIEW, EVIDENCE, EXPORTS, RETENTION)
    | _grant(ASK, POLICIES)
    | DECIDE,
    Role.ADMINISTRATOR: _RUNNING | _grant(VIEW, SIGN_ON),
    Role.DEVELOPER: _grant(VIEW, ("llmproxy.route",)),
    Role.BILLING_VIEWER: _grant(VIEW, TENANT, ("accounts.team",), PRICES, RULES, ASKED, BOOKS),
    Role.AUDITOR: _grant(
        VIEW,
        GATEWAY,
        PRICES,
        RULES,
        ASKED,
        BOOKS,
        PROGRAMS,
        TRUST,
        PEOPLE,
        TENANT,
        PERSONS,
        SIGN_ON,
        EVIDENCE,
        POLICIES,
        RETENTION,
    )
    | _grant(ASK, EXPORTS)
    | _grant(WORK, CASES)
    | _grant(CHANGE, ALERTS)
    | _grant(VIEW, ALERT_RULES)
    | READ
    | {"audit.give_verdict"},
    Role.REVIEW_LEAD: _grant(VIEW, TENANT, PERSONS, EVIDENCE, POLICIES, RETENTION)
    | _grant(WORK, QUEUES, CASES, ALERT_RULES)
    | _grant(CHANGE, ALERTS)
    | _grant(ASK, EXPORTS)
    | DECIDE
    | DECIDE_POLICY
    | READ_ORIGINAL
    | {"audit.give_verdict", "audit.lead_reviews"},
    Role.COMPLIANCE_OFFICER: _grant(VIEW, TENANT, PERSONS, EVIDENCE)
    | _grant(ASK, EXPORTS, POLICIES, RETENTION)
    | _grant(WORK, CASES, ALERT_RULES)
    | _grant(CHANGE, ALERTS)
    | DECIDE
    | DECIDE_POLICY
    | READ_ORIGINAL,
}

# Nobody grants what he does not hold; who judges the evidence is named by the owner, not by those who are judged.
MAY_GRANT: dict[str, frozenset[str]] = {
    Role.OWNER: frozenset(Role.values),
    Role.ADMINISTRATOR: frozenset((Role.ADMINISTRATOR, Role.DEVELOPER, Role.BILLING_VIEWER)),
}

CHANGES_CONFIGURATION = frozenset((Role.OWNER, Role.ADMINISTRATOR))
JUDGES_EVIDENCE = frozenset((Role.AUDITOR, Role.REVIEW_LEAD, Role.COMPLIANCE_OFFICER))


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """`app.verb_model` for everything that the roles allow together."""
    return frozenset().union(*(PERMISSIONS.get(role, frozenset()) for role in roles))


def roles_with(permission: str) -> frozenset[str]:
    """The roles that allow `permission`."""
    return frozenset(role for role, granted in PERMISSIONS.items() if permission in granted)


def grantable_by(roles: Iterable[str]) -> frozenset[str]:
    """The roles that a holder of `roles` may give and take."""
    return frozenset().union(*(MAY_GRANT.get(role, frozenset()) for role in roles))


def conflict(role: str, held: Iterable[str]) -> str | None:
    """The held role that nobody may have beside `role` in one organisation; None where there is none."""
    apart = JUDGES_EVIDENCE if role in CHANGES_CONFIGURATION else CHANGES_CONFIGURATION
    if role not in CHANGES_CONFIGURATION | JUDGES_EVIDENCE:
        return None
    return next((other for other in held if other in apart), None)
