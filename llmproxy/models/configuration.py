"""What all configuration rows share: every change of them is announced, whatever path it takes."""

from typing import Any, TypeVar

from django.db import models, transaction

from accounts.changes import announce
from accounts.models import User

M = TypeVar("M", bound=models.Model)


class ConfigurationQuerySet(models.QuerySet[M]):
    """Bulk changes send no signals, so they announce here (SECURITY trap 8)."""

    def update(self, **values: Any) -> int:
        """As Django's, announced."""
        with transaction.atomic(using=self.db):
            changed = super().update(**values)
            if changed:
                announce("catalog")
        return changed

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's, announced."""
        with transaction.atomic(using=self.db):
            deleted = super().delete()
            announce("catalog")
        return deleted

    def bulk_create(self, *args: Any, **options: Any) -> list[M]:
        """As Django's, announced."""
        with transaction.atomic(using=self.db):
            made = super().bulk_create(*args, **options)
            announce("catalog")
        return made


class ScopedQuerySet(ConfigurationQuerySet[M]):
    """Rows of an organisation, or shared by all (organisation is null)."""

    def visible_to(self, user: User) -> "ScopedQuerySet[M]":
        """What a person may see: a superuser all, others what their roles let them see, and what is shared."""
        if user.is_superuser:
            return self.all()
        return self.filter(models.Q(organisation__isnull=True) | models.Q(organisation__in=self._tenants(user, "view")))

    def changeable_by(self, user: User) -> "ScopedQuerySet[M]":
        """What a person may change: a superuser all, others what their roles let them change."""
        if user.is_superuser:
            return self.all()
        return self.filter(organisation__in=self._tenants(user, "change"))

    def _tenants(self, user: User, verb: str) -> list[str]:
        opts = self.model._meta
        return user.organisation_ids_with(f"{opts.app_label}.{verb}_{opts.model_name}")


class Configuration(models.Model):
    """A row whose saving and deleting is announced."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """As Django's, announced in the same transaction."""
        with transaction.atomic():
            super().save(*args, **options)
            announce("catalog")

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """As Django's, announced in the same transaction."""
        with transaction.atomic():
            deleted = super().delete(*args, **options)
            announce("catalog")
        return deleted
