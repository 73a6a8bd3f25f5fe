"""A provider's keys on its page: written, never read back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminPasswordWidget

from llmproxy.models import ProviderCredential


class CredentialForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """An empty field keeps the key that is there."""

    secret = forms.CharField(
        label="Key",
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Stored sealed, never shown again. Leave empty to keep the one that is there.",
    )

    class Meta:
        model = ProviderCredential
        fields = ("name", "secret", "enabled")

    def clean(self) -> dict[str, Any] | None:
        """A new row needs a key; it is sealed into the row at once."""
        cleaned = super().clean() or {}
        secret = cleaned.get("secret", "")
        if not secret and not self.instance.secret_sealed:
            raise ValidationError({"secret": "Enter the provider's key."})
        return cleaned

    def save(self, commit: bool = True) -> ProviderCredential:
        """Seal a new key; it is bound to the row and its provider."""
        credential: ProviderCredential = super().save(commit=False)
        if secret := self.cleaned_data.get("secret"):
            credential.set_secret(secret)
        if commit:
            credential.save()
        return credential


class CredentialInline(TabularInline):
    """The keys of one provider."""

    model = ProviderCredential
    form = CredentialForm
    fields = ("name", "secret", "shown", "enabled")
    readonly_fields = ("shown",)
    extra = 0
    verbose_name = "credential"

    def shown(self, credential: ProviderCredential) -> str:
        """Enough to tell keys apart."""
        if not credential.secret_sealed:
            return "no key yet"
        return f"••••{credential.last4} · fingerprint {credential.fingerprint}"

    shown.short_description = "stored key"  # type: ignore[attr-defined]
