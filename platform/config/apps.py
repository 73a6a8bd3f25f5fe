"""The project itself as an app: commands, checks, templates."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "config"
    verbose_name = "Gatehouse"
