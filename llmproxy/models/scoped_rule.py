"""What limits and budgets have in common: which calls they are about, and whose use they count together."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from accounts.models import ApiKey, Organisation, ServiceAccount, Team, User
from llmproxy.endpoints import ENDPOINTS
from llmproxy.metering.scope import COUNTED, Scope
from llmproxy.models.configuration import Configuration

LONGEST_VALUE = 200
NAMES = {
    "organisation": "organisation", "team": "team", "principal": "person or program", "key": "API key",
    "model": "model", "endpoint": "endpoint", "end_user": "end user",
}  # fmt: skip


class ScopedRule(Configuration):
    """A rule about some calls. Empty fields narrow nothing; `per` counts each one by itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, help_text="What denials call it.")
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)ss",
        help_text="Empty: calls of all organisations.",
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="%(class)ss")
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="person"
    )
    service_account = models.ForeignKey(
        ServiceAccount, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="API key"
    )
    model = models.CharField(max_length=LONGEST_VALUE, blank=True, help_text="A public model name.")
    endpoint = models.CharField(max_length=64, blank=True, help_text="Such as chat/completions.")
    end_user = models.CharField(
        max_length=LONGEST_VALUE, blank=True, help_text="As the application names its own user in the call."
    )
    per = models.JSONField(
        "counted for each",
        default=list,
        blank=True,
        help_text="Each team, key, end user … by itself; none: all of these calls together.",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def where(self) -> dict[str, str]:
        """Dimension to the value that it must have; what is empty is left out."""
        principal = f"usr:{self.user_id}" if self.user_id else ""
        principal = f"svc:{self.service_account_id}" if self.service_account_id else principal
        found = {
            "organisation": str(self.organisation_id or ""),
            "team": str(self.team_id or ""),
            "principal": principal,
            "key": str(self.api_key_id or ""),
            "model": self.model,
            "endpoint": self.endpoint,
            "end_user": self.end_user,
        }
        return {name: value for name, value in found.items() if value}

    def scope(self) -> Scope:
        """As the hot path holds it. Raises ValueError for an unknown dimension."""
        return Scope.of(self.where(), self.per)

    def whose(self) -> str:
        """In words: whose calls it counts."""
        rows = {
            "team": self.team, "person": self.user, "program": self.service_account, "API key": self.api_key,
            "organisation": self.organisation,
        }  # fmt: skip
        named = next((f"{kind} “{row}”" for kind, row in rows.items() if row is not None), "the whole installation")
        each = ", ".join(NAMES[name] for name in self.per)
        return f"each {each} of {named}" if each else named

    def clean(self) -> None:
        """Everything that it names is of one organisation, and can exist."""
        owners = {"team": self.team, "service_account": self.service_account, "api_key": self.api_key}
        for field, row in owners.items():
            if row is not None and row.organisation_id != self.organisation_id:
                raise ValidationError({field: "It belongs to another organisation than this rule."})
        if self.user_id and self.service_account_id:
            raise ValidationError({"service_account": "Name a person or a program, not both."})
        if self.endpoint and self.endpoint not in ENDPOINTS:
            raise ValidationError({"endpoint": f"There is none of this name. Known: {', '.join(ENDPOINTS)}."})
        self._clean_user()
        self._clean_together()
        self._clean_per()

    def _clean_user(self) -> None:
        if self.user is None or self.organisation is None:
            return
        if not self.user.memberships.filter(organisation=self.organisation).exists():
            raise ValidationError({"user": "This person does not belong to the organisation of this rule."})

    def _clean_together(self) -> None:
        """There can be a call of which all that is named is true; else nobody would notice that none ever is."""
        if self.api_key_id and (self.user_id or self.service_account_id):
            problem = "A call with an API key counts as the key's, not as a person's or a program's: name one of them."
            raise ValidationError({"api_key": problem})
        if self.team is None:
            return
        for field, row in {"api_key": self.api_key, "service_account": self.service_account}.items():
            if row is not None and row.team_id != self.team_id:
                raise ValidationError({field: f"It is not of the team “{self.team}”: no call is of both."})
        if self.user is not None and not self.user.memberships.filter(team=self.team).exists():
            raise ValidationError({"user": f"This person is not in the team “{self.team}”: no call is of both."})

    def _clean_per(self) -> None:
        per: Any = self.per
        if not isinstance(per, list) or not all(name in COUNTED for name in per) or len(set(per)) != len(per):
            raise ValidationError({"per": f"Some of: {', '.join(COUNTED)}, each once."})
        if fixed := [name for name in per if name in self.where() and name != "organisation"]:
            raise ValidationError({"per": f"There is only one {NAMES[fixed[0]]} here: it is named above."})


def dimension_choices() -> list[tuple[str, str]]:
    """What a rule may count each of by itself."""
    return [(name, NAMES[name]) for name in COUNTED]
