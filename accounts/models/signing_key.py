"""The key ring: one row a key, its private part sealed, its states forward-only (SECURITY 5.2)."""

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7


class SigningKeyState(models.TextChoices):
    """pending → active → retiring → retired; any → compromised."""

    PENDING = "pending"
    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"
    COMPROMISED = "compromised"


NEXT_STATES = {
    SigningKeyState.PENDING: {SigningKeyState.ACTIVE, SigningKeyState.COMPROMISED},
    SigningKeyState.ACTIVE: {SigningKeyState.RETIRING, SigningKeyState.COMPROMISED},
    SigningKeyState.RETIRING: {SigningKeyState.RETIRED, SigningKeyState.COMPROMISED},
    SigningKeyState.RETIRED: {SigningKeyState.COMPROMISED},
    SigningKeyState.COMPROMISED: set(),
}
PUBLISHED = (SigningKeyState.PENDING, SigningKeyState.ACTIVE, SigningKeyState.RETIRING)
VERIFYING = (SigningKeyState.ACTIVE, SigningKeyState.RETIRING)


class SigningKey(models.Model):
    """A key that signs access tokens. The algorithm belongs to the row, never to the token."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kid = models.CharField(max_length=64, unique=True, editable=False)
    alg = models.CharField(max_length=16, editable=False)
    purpose = models.CharField(max_length=16, default="access", editable=False)
    state = models.CharField(
        max_length=16, choices=SigningKeyState.choices, default=SigningKeyState.PENDING, editable=False
    )
    public_jwk = models.JSONField(editable=False)
    private_sealed = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True, blank=True, editable=False)
    retiring_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("purpose",), condition=models.Q(state="active"), name="one_active_signing_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.alg} {self.kid[:12]}… ({self.state})"

    @property
    def aad(self) -> str:
        """What the sealed private part is bound to."""
        return f"accounts.signingkey|private|{self.pk}|"

    def move_to(self, state: str) -> None:
        """Change the state in memory. Raises ValidationError for a step back."""
        if state not in NEXT_STATES[SigningKeyState(self.state)]:
            raise ValidationError(f"A {self.state} key cannot become {state}.")
        self.state = state
