"""/readyz tells the reason, and does not wear out what it asks."""

from config.health.checks import NotReady
from config.health.readiness import Finding, Readiness


class Clock:
    """Time that the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_check_tells_its_reason() -> None:
    def fails() -> str:
        raise NotReady("the disk is full")

    readiness = Readiness({"good": lambda: "answers", "bad": fails})
    assert readiness.findings() == {"good": Finding(True, "answers"), "bad": Finding(False, "the disk is full")}


def test_probes_within_a_second_share_one_round() -> None:
    asked: list[int] = []
    clock = Clock()

    def count() -> str:
        asked.append(1)
        return "ok"

    readiness = Readiness({"count": count}, clock)
    readiness.findings()
    clock.now += 0.9
    readiness.findings()
    assert len(asked) == 1
    clock.now += 0.2
    readiness.findings()
    assert len(asked) == 2


def test_applied_migrations_are_looked_up_once() -> None:
    asked: list[int] = []
    clock = Clock()

    def applied() -> str:
        asked.append(1)
        return "applied"

    readiness = Readiness({"migrations": applied}, clock)
    for _ in range(3):
        assert readiness.findings()["migrations"].ok
        clock.now += 2
    assert len(asked) == 1
