"""Versions of the audit policy: proposed by one person, approved by a second, in force from a time on."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from audit.tree.policy_rules import (
    DEFAULT_KIB,
    KIB,
    OPEN,
    BadPolicy,
    Version,
    parsed_fail_modes,
    parsed_largest,
    parsed_rules,
)


class AuditPolicyQuerySet(models.QuerySet["AuditPolicy"]):
    """Versions."""

    def by_organisation(self) -> dict[str, list[Version]]:
        """All approved versions, in the order in which they come into force."""
        found: dict[str, list[Version]] = {}
        for row in self.filter(state=AuditPolicy.State.APPROVED).order_by("valid_from", "number"):
            found.setdefault(row.organisation_id, []).append(row.version())
        return found


class AuditPolicy(models.Model):
    """One version for an organisation, or for the whole installation."""

    class State(models.TextChoices):
        """How it stands."""

        PROPOSED = "proposed", "Waits for a second person"
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.CharField(max_length=64, blank=True)
    number = models.PositiveIntegerField()
    rules = models.JSONField(default=list)
    fail_modes = models.JSONField(default=dict)
    largest_kib = models.PositiveIntegerField(default=DEFAULT_KIB)
    valid_from = models.DateTimeField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PROPOSED)
    requested_by = models.CharField(max_length=64)
    requested_by_name = models.CharField(max_length=150)
    requested_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_by_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=500, blank=True)

    objects = AuditPolicyQuerySet.as_manager()

    class Meta:
        db_table = "audit_policy"
        ordering = ("-id",)
        verbose_name = "audit policy"
        verbose_name_plural = "audit policies"
        constraints = (models.UniqueConstraint(fields=("organisation_id", "number"), name="one_policy_of_a_number"),)
        permissions = (("decide_auditpolicy", "Approves or denies changes of what is recorded"),)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """How records name it."""
        return f"{self.organisation_id or 'all'}/{self.number}"

    def version(self) -> Version:
        """As it is asked in memory. Raises BadPolicy."""
        opened = frozenset(name for name, mode in self.fail_modes.items() if mode == OPEN)
        return Version(
            self.label, self.valid_from.timestamp(), parsed_rules(self.rules), opened, self.largest_kib * KIB
        )

    def content(self) -> dict[str, Any]:
        """What it says, for records and comparisons."""
        return {"rules": self.rules, "fail_modes": self.fail_modes, "largest_kib": self.largest_kib}

    def clean(self) -> None:
        """Raises ValidationError."""
        try:
            self.rules = [rule.as_json() for rule in parsed_rules(self.rules)]
            self.fail_modes = parsed_fail_modes(self.fail_modes)
            self.largest_kib = parsed_largest(self.largest_kib)
        except BadPolicy as error:
            raise ValidationError(str(error)) from error
        if self.organisation_id and any(rule.get("organisation") for rule in self.rules):
            raise ValidationError("The rules of one organisation are about no other.")
        if self.organisation_id and "auth" in self.fail_modes:
            raise ValidationError("Log-ins are of the whole installation: only its policy says what happens then.")
