"""Models of other packages in our admin."""

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from accounts.models import Membership, Organisation, Role, User
from audit.models import OutboxRecord

pytestmark = pytest.mark.django_db(databases="__all__")

TASKS = "/admin/django_celery_beat/periodictask/"


@pytest.fixture
def task() -> PeriodicTask:
    """A schedule as the beat makes it."""
    every = IntervalSchedule.objects.create(every=5, period="seconds")
    return PeriodicTask.objects.create(name="audit-ingest-sweep", task="audit.ingest", interval=every)


def owner() -> User:
    """Who owns an organisation, and no more."""
    person = User.objects.create_user("alice")
    organisation = Organisation.objects.create(name="Alpha", slug="alpha")
    Membership.objects.create(user=person, organisation=organisation, role=Role.OWNER)
    return person


def recorded() -> str:
    """All records that wait in the outbox."""
    return " ".join(bytes(raw).decode() for raw in OutboxRecord.objects.values_list("raw", flat=True))


def test_switching_a_schedule_off_is_recorded(admin_client: Client, task: PeriodicTask) -> None:
    response = admin_client.post(f"{TASKS}{task.pk}/change/", {"interval": task.interval_id, "task": "os.system"})
    assert response.status_code == 302
    task.refresh_from_db()
    assert not task.enabled and task.task == "audit.ingest"
    assert "admin.schedule.updated" in recorded() and "audit-ingest-sweep" in recorded()


@pytest.mark.parametrize("path", [f"{TASKS}add/", f"{TASKS}1/delete/"])
def test_no_task_is_added_or_deleted_by_hand(admin_client: Client, path: str, task: PeriodicTask) -> None:
    PeriodicTask.objects.filter(pk=task.pk).update(id=1)
    assert admin_client.post(path, {"post": "yes"}).status_code == 403


def test_schedules_are_for_superusers(client: Client, task: PeriodicTask) -> None:
    client.force_login(owner())
    assert client.get(TASKS).status_code == 403


def test_what_was_typed_at_a_failed_log_in_is_not_shown(admin_client: Client) -> None:
    attempt = AccessAttempt.objects.create(
        username="alice",
        ip_address="192.0.2.1",
        user_agent="x",
        failures_since_start=3,
        post_data="c4nary",
        get_data="c4nary",
    )
    page = admin_client.get(f"/admin/axes/accessattempt/{attempt.pk}/change/").content.decode()
    assert "192.0.2.1" in page and "c4nary" not in page


def test_lifting_a_lock_is_recorded(admin_client: Client) -> None:
    attempt = AccessAttempt.objects.create(username="alice", ip_address="192.0.2.1", failures_since_start=10)
    admin_client.post(f"/admin/axes/accessattempt/{attempt.pk}/delete/", {"post": "yes"})
    assert not AccessAttempt.objects.exists() and "admin.lockout.deleted" in recorded()


def test_the_health_page_tells_a_person_what_probes_are_told(admin_client: Client) -> None:
    page = admin_client.get("/admin/health/").content.decode()
    assert "Not ready for traffic" in page and "App database" in page


def test_the_health_page_is_for_superusers(client: Client) -> None:
    client.force_login(owner())
    assert client.get("/admin/health/").status_code == 403
    client.logout()
    assert client.get("/admin/health/").headers["location"].startswith("/admin/login/")
