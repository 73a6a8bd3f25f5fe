"""The gateway app: holds the process-wide run-time objects of the data plane."""

from django.apps import AppConfig


class LlmproxyConfig(AppConfig):
    name = "llmproxy"
    verbose_name = "Gateway"
