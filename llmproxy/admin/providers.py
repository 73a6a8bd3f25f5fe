"""Providers."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from llmproxy.actions import test_provider, wipe_credentials
from llmproxy.admin.credentials import CredentialInline
from llmproxy.admin.discovery import ModelDiscovery
from llmproxy.admin.gallery import PresetGallery
from llmproxy.admin.provider_form import ProviderForm
from llmproxy.admin.sharing import SharedOrOwnAdmin
from llmproxy.models import Provider


@admin.register(Provider)
class ProviderAdmin(PresetGallery, ModelDiscovery, SharedOrOwnAdmin):
    """Where AI services are and how they are spoken to."""

    list_display = ("named", "slug", "base_url", "shared", "deployment_count", "enabled", "test_link")
    list_filter = ("enabled", "wire")
    search_fields = ("name", "slug", "base_url")
    list_select_related = ("organisation",)
    prepopulated_fields = {"slug": ("name",)}
    form = ProviderForm
    change_form_before_template = "admin/llmproxy/provider_sign.html"
    inlines = (CredentialInline,)
    fieldsets = (
        (None, {"fields": ("name", "slug", "organisation", "enabled")}),
        (
            "Connection",
            {
                "fields": (
                    "wire",
                    "more_wires",
                    "base_url",
                    "auth_scheme",
                    "auth_header_name",
                    "adapter",
                    "options",
                    "discovery_path",
                )
            },
        ),
        ("What it promises", {"fields": ("region", "data_policy")}),
        (
            "Timeouts, in seconds",
            {
                "classes": ("collapse",),
                "fields": ("connect_timeout", "first_byte_timeout", "between_chunks_timeout", "total_timeout"),
            },
        ),
        ("Changes to what is sent", {"classes": ("collapse",), "fields": ("quirks",)}),
    )

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("llmproxy/gateway.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of models."""
        return super().get_queryset(request).annotate(deployment_total=Count("deployments", distinct=True))

    def get_urls(self) -> list[URLPattern]:
        """With the page of the test."""
        test = path("<uuid:pk>/test/", self.admin_site.admin_view(self.test), name="llmproxy_provider_test")
        return [test, *self.gallery_urls(), *self.discovery_urls(), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Provider, form: "ModelForm[Any]", change: bool) -> None:
        """Credentials are bound to the host that they were entered for (SECURITY 4.1.6)."""
        moved = change and Provider.objects.get(pk=obj.pk).host != obj.host
        super().save_model(request, obj, form, change)
        if moved and (wiped := wipe_credentials.execute(obj)):
            messages.warning(
                request,
                f"The host changed, so {wiped} stored credential(s) were removed. Enter the key for the new host.",
            )

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A key that the host change removed is not saved again by the same form, unless it was entered anew."""
        gone = {
            inner.instance.pk
            for inner in formset.initial_forms
            if not formset.model.objects.filter(pk=inner.instance.pk).exists()
        }
        formset.forms = [inner for inner in formset.forms if inner.instance.pk not in gone or _entered(inner)]
        super().save_formset(request, form, formset, change)

    def test(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """GET asks, POST sends one small call and shows what was sent and answered."""
        provider = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, provider):
            return HttpResponse(status=403)
        result = test_provider.execute(provider) if request.method == "POST" else None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Test {provider.name}",
            "provider": provider,
            "result": result,
            "back": reverse(f"{self.admin_site.name}:llmproxy_provider_change", args=(provider.pk,)),
        }
        return TemplateResponse(request, "admin/llmproxy/test_provider.html", context)

    @display(description="name", ordering="name")
    def named(self, provider: Provider) -> SafeString:
        """With its sign."""
        sign = render_to_string("admin/llmproxy/emblem.html", {"sign": provider.sign})
        return format_html('<span class="gh-named">{}<span>{}</span></span>', sign, provider.name)

    @display(description="models", ordering="deployment_total")
    def deployment_count(self, provider: Any) -> SafeString:
        """How many models it offers here, and the way to more."""
        url = reverse(f"{self.admin_site.name}:llmproxy_provider_models", args=(provider.pk,))
        return format_html('{} · <a class="gatehouse-link" href="{}">Fetch models</a>', provider.deployment_total, url)

    @display(description="used by")
    def shared(self, provider: Provider) -> str:
        """Whose it is."""
        return str(provider.organisation) if provider.organisation else "everybody"

    @display(description="test")
    def test_link(self, provider: Provider) -> SafeString:
        """To the test's page."""
        url = reverse(f"{self.admin_site.name}:llmproxy_provider_test", args=(provider.pk,))
        return format_html('<a class="gatehouse-link" href="{}">Test this provider</a>', url)


def _entered(form: Any) -> bool:
    return bool(getattr(form, "cleaned_data", {}).get("secret"))
