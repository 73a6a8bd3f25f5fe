"""The project itself as an app: commands, checks, templates, readiness."""

from django.apps import AppConfig
from django.conf import settings


class ProjectConfig(AppConfig):
    """Holds the process's one Readiness."""

    name = "config"
    verbose_name = "Gatehouse"

    def ready(self) -> None:
        # Here, not above: these modules read settings and the app registry, which are complete only now.
        from config import checks  # noqa: F401
        from config.health.readiness import Readiness, standard_checks

        self.readiness = Readiness(standard_checks())
        # WhiteNoise warns about a directory that collectstatic has not made yet; until then it serves from the apps.
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
