"""The page of roles says what the table of roles says, for everybody."""

from django.test import Client

from accounts.models import Role, User
from accounts.role_matrix import matrix
from accounts.roles import PERMISSIONS
from tests.gateway_world import PASSWORD, World


def cells(name: str) -> dict[str, str]:
    line = next(line for area in matrix() for line in area.lines if line.name == name)
    return dict(zip(Role, line.cells, strict=True))


def test_an_auditor_sees_and_changes_no_configuration() -> None:
    found = cells("Providers")
    assert found[Role.AUDITOR] == "see" and found[Role.ADMINISTRATOR] == "see, add, change, delete"
    assert found[Role.DEVELOPER] == ""
    for area in matrix():
        if area.title != "Evidence":
            assert all(line.cells[list(Role).index(Role.AUDITOR)] in ("", "see") for line in area.lines), area.title


def test_acts_of_their_own_are_there_too() -> None:
    assert cells("Can review events and give verdicts")[Role.AUDITOR] == "yes"
    assert cells("Reads what was said, with a reason")[Role.ADMINISTRATOR] == ""


def test_nothing_of_the_table_is_left_out() -> None:
    lines = [line for area in matrix() for line in area.lines]
    for role, granted in PERMISSIONS.items():
        column = list(Role).index(Role(role))
        assert not granted or any(line.cells[column] for line in lines), role
    verbs = ("view", "add", "change", "delete")
    named = {name for names in PERMISSIONS.values() for name in names}
    acts = {name for name in named if name.partition(".")[2].partition("_")[0] not in verbs}
    assert sum(set(line.cells) <= {"", "yes"} for line in lines) == len(acts)


def test_everybody_reads_it_and_finds_his_own(people: World) -> None:
    User.objects.create_user("nobody", password=PASSWORD)
    for name, said in (("bob", "You are Developer."), ("nobody", "You have no role yet.")):
        client = Client()
        client.post("/admin/login/", {"username": name, "password": PASSWORD})
        assert said in client.get("/admin/roles/").content.decode()
    assert Client().get("/admin/roles/").status_code == 302
