"""The provider's form: the wire formats as check boxes."""

from django import forms
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from llmproxy.models import Provider
from llmproxy.models.kinds import wire_choices


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What a person enters of a provider."""

    more_wires = forms.MultipleChoiceField(
        label="Further wire formats",
        required=False,
        choices=wire_choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=Provider._meta.get_field("more_wires").help_text,  # type: ignore[union-attr]
    )

    class Meta:
        model = Provider
        fields = "__all__"  # noqa: DJ007 (the admin's fieldsets choose)
