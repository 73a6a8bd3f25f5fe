"""What the admin looks like and where its menu leads: settings.UNFOLD.

The menu is grouped for the three kinds of people of DESIGN: Gateway for administrators, Access for whoever looks after
people and programs, Evidence for auditors. It shows what the admin itself would let the person open, no more.
"""

import os
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


# In place of a permission: whoever may do anything here at all.
ANY_ROLE = "*"


class Page(NamedTuple):
    """A model's list in the menu."""

    title: str
    icon: str
    model: str  # app_label.ModelName


class Link(NamedTuple):
    """A page that is no model's list."""

    title: str
    icon: str
    url_name: str
    permission: str = ""  # none: for everybody who is signed in


GROUPS: tuple[tuple[str, tuple[Page | Link, ...]], ...] = (
    (
        "",
        (
            Link("Overview", "monitoring", "admin:index", permission=ANY_ROLE),
            Link("My account", "account_circle", "admin:my-account"),
        ),
    ),
    (
        "Gateway",
        (
            Page("Providers", "dns", "llmproxy.Provider"),
            Page("Models", "deployed_code", "llmproxy.ModelDeployment"),
            Page("Routes", "alt_route", "llmproxy.Route"),
            Link("Circuits", "bolt", "admin:llmproxy_deployment_health", "llmproxy.view_modeldeployment"),
            Page("Presets", "tune", "llmproxy.ModelPreset"),
            Page("Response caches", "cached", "llmproxy.ResponseCache"),
            Page("Prices", "sell", "llmproxy.Price"),
            Page("Known models", "menu_book", "llmproxy.ModelFacts"),
        ),
    ),
    (
        "Money",
        (
            Page("Budgets", "savings", "llmproxy.Budget"),
            Page("Increases", "approval", "llmproxy.BudgetIncrease"),
            Page("Alerts", "notifications", "llmproxy.BudgetAlert"),
            Page("Limits", "speed", "llmproxy.Limit"),
            Page("Ledger", "receipt_long", "llmproxy.LedgerEntry"),
            Link("Statements", "request_quote", "admin:llmproxy_statements", "llmproxy.view_ledgerentry"),
            Page("Cost centres", "account_balance", "llmproxy.CostCentre"),
            Page("Re-pricing", "price_change", "llmproxy.Repricing"),
        ),
    ),
    (
        "Access",
        (
            Page("Organisations", "apartment", "accounts.Organisation"),
            Page("Teams", "groups", "accounts.Team"),
            Page("People", "person", "accounts.User"),
            Page("Members", "badge", "accounts.Membership"),
            Page("Invitations", "mail", "accounts.Invitation"),
            Link("Roles", "shield_person", "admin:roles", permission=ANY_ROLE),
            Page("Single sign-on", "passkey", "accounts.IdentityProvider"),
            Page("API keys", "key", "accounts.ApiKey"),
            Page("Service accounts", "smart_toy", "accounts.ServiceAccount"),
            Page("Trusted issuers", "handshake", "accounts.TrustedIssuer"),
            Page("Signing keys", "verified_user", "accounts.SigningKey"),
            Page("Ended tokens", "block", "accounts.Revocation"),
        ),
    ),
    (
        "Evidence",
        (
            Link("Evidence overview", "query_stats", "admin:evidence", "audit.view_auditevent"),
            Link("Review", "rate_review", "admin:evidence-review", "audit.give_verdict"),
            Link("Alerts", "notification_important", "admin:evidence-alerts", "audit.view_alert"),
            Link("Cases", "cases", "admin:evidence-cases", "audit.view_reviewcase"),
            Link("Events", "fact_check", "admin:evidence-events", "audit.view_auditevent"),
            Link("Guardrail hits", "shield", "admin:evidence-guardrails", "audit.view_auditevent"),
            Link("Changes", "history", "admin:evidence-changes", "audit.view_auditevent"),
            Link("Access", "person_search", "admin:evidence-access", "audit.view_auditevent"),
            Link("Who read what", "visibility", "admin:evidence-readings", "audit.view_auditevent"),
            Link("Find a secret", "key_off", "admin:evidence-secrets", "audit.view_auditevent"),
            Link("Exports", "outbox", "admin:evidence-exports", "audit.view_exportjob"),
            Link("What is recorded", "policy", "admin:evidence-policies", "audit.view_auditpolicy"),
            Link("Retention and holds", "auto_delete", "admin:evidence-retention", "audit.view_retentionpolicy"),
            Page("Destinations", "ios_share", "audit.Destination"),
            Link("Integrity", "verified", "admin:evidence-integrity", "audit.view_auditevent"),
        ),
    ),
    (
        "System",
        (
            Page("Schedules", "schedule", "django_celery_beat.PeriodicTask"),
            Page("Refused log-ins", "lock_person", "axes.AccessAttempt"),
            Link("Health", "ecg_heart", "admin:health", permission="config.view_health"),
            Link("API documentation", "api", "api-docs"),
        ),
    ),
)


# Tables that grow with every call.
UNSEARCHED = frozenset({"llmproxy.LedgerEntry"})
# The palette reads every match of these: configuration, which is small, and never the audit log.
SEARCHED = [
    page.model
    for _, pages in GROUPS
    for page in pages
    if isinstance(page, Page) and not page.model.startswith("audit.") and page.model not in UNSEARCHED
]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu for this person: groups without a page that they may open are left out."""
    groups = [(title, [_item(entry) for entry in entries if _may_open(request, entry)]) for title, entries in GROUPS]
    here = _here(request.path, [item["link"] for _, items in groups for item in items])
    for _, items in groups:
        for item in items:
            item["active"] = item["link"] == here
    return [{"title": title, "separator": False, "items": items} for title, items in groups if items]


def _here(path: str, links: list[str]) -> str:
    """The entry that a page belongs to: Circuits lies below Models, and is an entry of its own."""
    index = reverse("admin:index")
    above = [link for link in links if path == link or (link != index and path.startswith(link))]
    return max(above, key=len, default="")


def _may_open(request: HttpRequest, entry: Page | Link) -> bool:
    if isinstance(entry, Link):
        return _may_follow(request, entry.permission)
    # Here, not above: settings import this module, and the admin wants settings.
    from django.contrib import admin
    from django.contrib.admin.exceptions import NotRegistered

    try:
        model_admin = admin.site.get_model_admin(apps.get_model(entry.model))
    except (LookupError, NotRegistered):
        return False
    return bool(model_admin.has_view_or_change_permission(request))


def _may_follow(request: HttpRequest, permission: str) -> bool:
    # Here, as in `_may_open`.
    from django.contrib import admin

    if permission == ANY_ROLE:
        return bool(admin.site.has_permission(request))
    return not permission or bool(request.user.has_perm(permission))


def _item(entry: Page | Link) -> dict[str, Any]:
    if isinstance(entry, Link):
        return {"title": entry.title, "icon": entry.icon, "link": reverse(entry.url_name)}
    name = entry.model.lower().replace(".", "_")
    return {"title": entry.title, "icon": entry.icon, "link": reverse(f"admin:{name}_changelist")}


def environment(request: HttpRequest) -> list[str] | None:
    """The badge in the header: red where this is not to be trusted with real data, none in production."""
    if settings.DEBUG:
        return ["Debug mode", "danger"]
    if os.environ.get("DJANGO_SETTINGS_MODULE", "").startswith("tests"):
        return ["Test settings", "danger"]
    if urlsplit(settings.GATEHOUSE_PUBLIC_URL).hostname in LOOPBACK:
        return ["This machine only", "info"]
    return None


def stylesheet(request: HttpRequest) -> str:
    """Our own classes: the theme's build holds only those that it uses itself."""
    return static("config/gatehouse.css")


def people_stylesheet(request: HttpRequest) -> str:
    """Classes of the people's own pages."""
    return static("config/people.css")


def script(request: HttpRequest) -> str:
    """Copy buttons and live figures."""
    return static("config/gatehouse.js")


def account_links(request: HttpRequest) -> str:
    """Where the menu behind one's own name leads."""
    return reverse("admin:my-account")


def icon(request: HttpRequest) -> str:
    """The gate."""
    return static("config/gatehouse.svg")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Gatehouse",
    "SITE_HEADER": "Gatehouse",
    "SITE_SUBHEADER": "AI gateway",
    "SITE_URL": None,
    "SITE_ICON": "config.navigation.icon",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": icon}],
    "ENVIRONMENT": "config.navigation.environment",
    "DASHBOARD_CALLBACK": "config.dashboard.views.overview",
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "STYLES": [stylesheet, people_stylesheet],
    "SCRIPTS": [script],
    "COMMAND": {"search_models": SEARCHED, "show_history": True},
    "ACCOUNT": {"navigation": [{"title": "My account", "link": account_links}]},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "config.navigation.sidebar",
    },
    # Teal; 600 carries white text and 500 is read on the dark background, both above a contrast of 4.5.
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 181)",
            "100": "oklch(95.3% .04 181)",
            "200": "oklch(91% .075 181)",
            "300": "oklch(85% .11 182)",
            "400": "oklch(76% .12 183)",
            "500": "oklch(68% .115 184)",
            "600": "oklch(50.5% .092 187)",
            "700": "oklch(44% .08 188)",
            "800": "oklch(38% .068 189)",
            "900": "oklch(33% .055 190)",
            "950": "oklch(26% .042 192)",
        }
    },
}
