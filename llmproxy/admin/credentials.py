"""A provider's keys on its page: written, never read back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminPasswordWidget

from llmproxy.adapters.auth import SCHEMES, BadSecret
from llmproxy.models import Provider, ProviderCredential


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
        fields = ("name", "secret", "weight", "enabled")

    def __init__(self, *args: Any, provider: Provider | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        scheme = SCHEMES.get(provider.auth_scheme) if provider is not None else None
        self._scheme = scheme or SCHEMES["bearer"]
        self.fields["secret"].help_text = f"{self._scheme.entry} {self.fields['secret'].help_text}"

    def clean(self) -> dict[str, Any] | None:
        """A new row needs a key, in the form of the provider's scheme."""
        cleaned = super().clean() or {}
        secret = cleaned.get("secret", "")
        if not secret and not self.instance.secret_sealed:
            raise ValidationError({"secret": "Enter the provider's key."})
        if secret:
            try:
                self._scheme.auth.normalised(secret)
            except BadSecret as error:
                raise ValidationError({"secret": str(error)}) from error
        return cleaned

    def save(self, commit: bool = True) -> ProviderCredential:
        """Seal a new key; it is bound to the row and its provider."""
        credential: ProviderCredential = super().save(commit=False)
        if secret := self.cleaned_data.get("secret"):
            credential.set_secret(secret)
        if commit:
            credential.save()
        return credential


class CredentialFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # not subscriptable at run time
    """Forms that know their provider as it stands in the same request."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """With the provider."""
        return {**super().get_form_kwargs(index), "provider": self.instance}


class CredentialInline(TabularInline):
    """The keys of one provider."""

    model = ProviderCredential
    form = CredentialForm
    formset = CredentialFormSet
    fields = ("name", "secret", "shown", "weight", "enabled")
    readonly_fields = ("shown",)
    extra = 0
    verbose_name = "credential"

    def shown(self, credential: ProviderCredential) -> str:
        """Enough to tell keys apart."""
        if not credential.secret_sealed:
            return "no key yet"
        text = f"••••{credential.last4} · fingerprint {credential.fingerprint}"
        return f"{text} · {credential.access_token_problem}" if credential.access_token_problem else text

    shown.short_description = "stored key"  # type: ignore[attr-defined]
