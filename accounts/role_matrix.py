"""What each role may do, in words: the table of accounts.roles as a person reads it."""

from typing import Any, NamedTuple

from django.apps import apps

from accounts.roles import MAY_GRANT, PERMISSIONS, Role

VERBS = (("view", "see"), ("add", "add"), ("change", "change"), ("delete", "delete"))
AREAS = {"accounts": "People and access", "llmproxy": "Gateway, prices and money", "audit": "Evidence"}
# What one line says of several kinds of rows that are granted together.
PARTS = frozenset({"providercredential", "routedeployment", "routefallback", "clientcredential", "issuerrule"})
INTRODUCTIONS = {
    Role.OWNER: "Runs the organisation and names those who judge its evidence.",
    Role.ADMINISTRATOR: "Sets up providers, models, routes, keys and people. Reads no evidence.",
    Role.DEVELOPER: "Builds on the gateway: calls models, and sees which there are.",
    Role.BILLING_VIEWER: "Sees what things cost.",
    Role.AUDITOR: "Looks at everything, reads what was said with a reason, gives verdicts. Changes no configuration.",
    Role.REVIEW_LEAD: "Leads reviews, decides on exports and on what is recorded.",
    Role.COMPLIANCE_OFFICER: "Answers for what is recorded and kept, and for exports.",
}


class Line(NamedTuple):
    """One kind of rows, or one act, and what each role may do with it: a word for each role, "" for nothing."""

    name: str
    cells: list[str]


class Area(NamedTuple):
    """A heading and its lines."""

    title: str
    lines: list[Line]


class About(NamedTuple):
    """A role in a sentence, and what its holder may give to others."""

    role: Role
    said: str
    grants: list[str]


def introductions() -> list[About]:
    """Every role."""
    return [
        About(role, INTRODUCTIONS[role], [str(one.label) for one in Role if one in MAY_GRANT.get(role, ())])
        for role in Role
    ]


def matrix() -> list[Area]:
    """By area: kinds of rows in the order of their names, then what is an act of its own."""
    return [Area(title, [*_rows(label), *_acts(label)]) for label, title in AREAS.items()]


def _rows(label: str) -> list[Line]:
    lines = []
    for model in apps.get_app_config(label).get_models():
        name = model._meta.model_name or ""
        cells = [_verbs(label, name, role) for role in Role]
        if name not in PARTS and any(cells):
            plural = str(model._meta.verbose_name_plural)
            lines.append(Line(plural[:1].upper() + plural[1:], cells))
    return sorted(lines)


def _verbs(label: str, name: str, role: str) -> str:
    return ", ".join(word for verb, word in VERBS if f"{label}.{verb}_{name}" in PERMISSIONS[role])


def _acts(label: str) -> list[Line]:
    named: list[Any] = [pair for model in apps.get_app_config(label).get_models() for pair in model._meta.permissions]
    lines = [
        Line(str(said), ["yes" if f"{label}.{codename}" in PERMISSIONS[role] else "" for role in Role])
        for codename, said in named
    ]
    return [line for line in lines if any(line.cells)]
