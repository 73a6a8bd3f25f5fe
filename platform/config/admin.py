"""Models of other packages, shown as our own are, and no more of them than is safe."""

from typing import Any, ClassVar

from allauth.account import admin as account_admin  # noqa: F401 (see below)
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa import admin as factor_admin  # noqa: F401 (see below)
from allauth.mfa.models import Authenticator
from allauth.socialaccount import admin as social_admin  # noqa: F401 (see below)
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth import admin as auth_admin  # noqa: F401 (see below)
from django.contrib.auth.models import Group, Permission
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django_celery_beat import admin as beat_admin  # noqa: F401 (see below)
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.admin import ModelAdmin

from audit import log
from audit.context import Target

SIGN_IN = (Authenticator, EmailAddress, EmailConfirmation, SocialAccount, SocialApp, SocialToken)
# Imported above so that they have registered their models by now, and we may replace them, or do without their pages.
for model in (Group, ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule, *SIGN_IN):
    if not admin.site.is_registered(model):
        continue
    admin.site.unregister(model)


class RecordedAdmin(ModelAdmin):
    """Every change leaves an audit record in its own transaction."""

    record_type: ClassVar[str]

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._record("updated" if change else "created", obj, {"fields": sorted(form.changed_data)})

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self._record("deleted", obj, {})
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def _record(self, verb: str, obj: Model, attrs: dict[str, object]) -> None:
        target = Target(self.record_type, str(obj.pk), str(obj)[:200])
        log.record(f"admin.{self.record_type}.{verb}", target=target, attrs=attrs)


@admin.register(Group)
class GroupAdmin(RecordedAdmin):
    """Sets of rights in the admin; what people may do with the gateway comes from their role in an organisation."""

    record_type = "group"
    search_fields = ("name",)
    filter_horizontal = ("permissions",)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """The labels of permissions name their model: one query for all of them."""
        if db_field.name == "permissions":
            options["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **options)


class ScheduleAdmin(RecordedAdmin):
    """For superusers: a schedule is the installation's, not an organisation's."""

    record_type = "schedule"

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(ScheduleAdmin):
    """Every so often."""

    list_display = ("__str__", "every", "period")


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(ScheduleAdmin):
    """At certain times."""

    list_display = ("__str__", "human_readable")
    readonly_fields = ("human_readable",)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ScheduleAdmin):
    """When background work runs. What runs is code, and is not for a form: no new tasks, no arguments."""

    list_display = ("name", "schedule_text", "enabled", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    list_select_related = ("interval", "crontab")
    search_fields = ("name", "task")
    fieldsets = (
        (None, {"fields": ("name", "task", "description", "enabled")}),
        ("When", {"fields": ("interval", "crontab"), "description": "Choose one of the two."}),
        ("So far", {"fields": ("last_run_at", "total_run_count")}),
    )
    readonly_fields = ("name", "task", "description", "last_run_at", "total_run_count")

    @admin.display(description="runs")
    def schedule_text(self, task: PeriodicTask) -> str:
        """In words."""
        return str(task.interval or task.crontab or "\u2013")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AccessAttempt)
class AccessAttemptAdmin(RecordedAdmin):
    """Who failed to log in, from where. Deleting a row lifts the lock on that name from that address."""

    record_type = "lockout"
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent")
    search_fields = ("username", "ip_address")
    # Not what was sent: it may hold a password typed into the wrong field.
    fields = readonly_fields = (
        "attempt_time",
        "username",
        "ip_address",
        "failures_since_start",
        "user_agent",
        "path_info",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
