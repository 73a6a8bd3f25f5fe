"""Adding a provider starts with a gallery of presets: choose one, answer what only you know, enter the key."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.admin.tenancy import choices_for
from accounts.models import Organisation
from llmproxy.actions import create_provider_from_preset
from llmproxy.adapters.auth import scheme
from llmproxy.models import Provider
from llmproxy.models.kinds import WIRES
from llmproxy.presets import PRESETS, Preset, Way

BY_HAND = "by_hand"


class PresetForm(forms.Form):
    """What a preset does not know: the names, the answers, the key."""

    name = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)
    slug = forms.SlugField(
        max_length=63, widget=UnfoldAdminTextInputWidget, help_text="Its short name in records and metrics."
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        empty_label="Shared by all organisations",
    )

    def __init__(self, request: HttpRequest, preset: Preset, way: Way, data: Any = None) -> None:
        initial = {"name": preset.name, "slug": create_provider_from_preset.free_slug(preset.slug)}
        super().__init__(data, initial=initial)
        self.way = way
        narrowed = choices_for(Organisation, request, Provider)
        organisation: Any = self.fields["organisation"]
        organisation.queryset = Organisation.objects.all() if narrowed is None else narrowed
        if narrowed is not None:  # only superusers share
            organisation.required, organisation.empty_label = True, "Choose…"
        for name, ask in way.asks.items():
            self.fields[name] = _asked(ask)
        if way.auth_scheme != "none":
            self.fields["secret"] = _secret(scheme(way.auth_scheme).entry)

    @property
    def answers(self) -> dict[str, str]:
        """To the preset's questions."""
        return {name: self.cleaned_data.get(name, "") for name in self.way.asks}

    def refuse(self, error: ValidationError) -> None:
        """Show what the action found, at its field where there is one."""
        found = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
        for name, said in found.items():
            for message in said:
                known = name in self.fields
                self.add_error(name if known else _asked_for(self.way, name), message)


class PresetGallery:
    """The gallery and the form behind each of its cards; for the provider's admin class."""

    admin_site: Any
    opts: Any

    def gallery_urls(self) -> list[URLPattern]:
        """The form of one preset."""
        view = self.admin_site.admin_view(self.from_preset)
        return [path("add/<slug:preset>/", view, name="llmproxy_provider_from_preset")]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The gallery, unless the form by hand was asked for."""
        if request.method == "POST" or BY_HAND in request.GET or "_popup" in request.GET:
            return super().add_view(request, form_url, extra_context)  # type: ignore[misc,no-any-return]
        self._check(request)
        wanted = request.GET.get("q", "").strip()
        context = {"title": "Add a provider", "groups": _groups(wanted), "wanted": wanted, "by_hand": f"?{BY_HAND}=1"}
        return self._page(request, "admin/llmproxy/preset_gallery.html", context)

    def from_preset(self, request: HttpRequest, preset: str) -> HttpResponse:
        """GET asks, POST makes the row."""
        self._check(request)
        chosen = PRESETS.get(preset)
        ways = chosen.ways_over(WIRES) if chosen else ()
        if chosen is None or not ways:
            raise Http404
        number = _number(request.GET.get("way", "0"), len(ways))
        form = PresetForm(request, chosen, ways[number], request.POST if request.method == "POST" else None)
        if form.is_valid() and (made := self._made(form, chosen, number)) is not None:
            messages.success(request, f"{made.name} is there. Test it, then choose the models that you want to offer.")
            return HttpResponseRedirect(reverse(f"{self.admin_site.name}:{_next(made)}", args=(made.pk,)))
        context = {"title": f"Add {chosen.name}", "preset": chosen, "ways": list(enumerate(ways)), "chosen": number}
        return self._page(request, "admin/llmproxy/from_preset.html", {**context, "form": form})

    def _made(self, form: PresetForm, preset: Preset, way: int) -> Provider | None:
        given = form.cleaned_data
        try:
            return create_provider_from_preset.execute(
                preset.slug, way=way, answers=form.answers, organisation=given["organisation"], name=given["name"],
                slug=given["slug"], secret=given.get("secret", ""),
            )  # fmt: skip
        except ValidationError as error:
            form.refuse(error)
            return None

    def _check(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):  # type: ignore[attr-defined]  # ModelAdmin's
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, whole)


def _groups(wanted: str) -> list[tuple[str, list[Preset]]]:
    """The presets that match, by group, in the order of the groups."""
    order = ("Model makers", "Clouds", "Model hosts", "Gateways", "Servers of your own")
    words = wanted.casefold().split()
    found = [
        preset
        for preset in PRESETS.values()
        if preset.ways_over(WIRES)
        and all(word in f"{preset.name} {preset.about} {preset.group}".casefold() for word in words)
    ]
    grouped = [(group, [preset for preset in found if preset.group == group]) for group in order]
    return [(group, presets) for group, presets in grouped if presets]


def _asked(ask: Any) -> forms.Field:
    hint = f"Such as {ask.example}" if ask.example else ""
    required = not ask.optional and not ask.default
    field = forms.CharField(label=ask.label, max_length=500, required=required, help_text=hint, initial=ask.default)
    field.widget = UnfoldAdminTextInputWidget()
    return field


def _secret(entry: str) -> forms.Field:
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    text = f"{entry} Stored sealed, never shown again. You may enter it later."
    return forms.CharField(label="Key", required=False, widget=widget, help_text=text)


def _asked_for(way: Way, field: str | None) -> str | None:
    """The question behind a row's field, such as `base_url`; None where there is none."""
    text = str(getattr(way, field, "")) if field else ""
    return next((name for name in way.asks if f"{{{name}}}" in text), None)


def _number(text: str, total: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
    return number if number < total else 0


def _next(provider: Provider) -> str:
    return "llmproxy_provider_models" if provider.discovery_path else "llmproxy_provider_change"
