"""The one web UI: Django's admin, with our site as its default."""

from django.contrib.admin.apps import AdminConfig


class GatehouseAdminConfig(AdminConfig):
    """Takes the place of django.contrib.admin in INSTALLED_APPS."""

    default_site = "config.site.GatehouseAdminSite"
