"""Usage by tag: a call has several, and counts under each. Run in PostgreSQL too (budgets/test_on_postgresql.py)."""

import pytest

from accounts.models import Organisation, Role
from llmproxy.models import LedgerEntry, LedgerTag
from tests.llmproxy.ledger.test_usage import browser, entry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alpha() -> Organisation:
    return Organisation.objects.create(name="Alpha", slug="alpha")


def tagged(row: LedgerEntry, *tags: str) -> None:
    LedgerTag.objects.bulk_create([LedgerTag(entry=row, tag=tag) for tag in tags])


def test_a_call_counts_under_each_of_its_tags_and_the_answer_says_so(alpha: Organisation) -> None:
    elsewhere = Organisation.objects.create(name="Elsewhere", slug="elsewhere")
    tagged(entry(alpha), "nightly", "team:blue")
    tagged(entry(alpha, model="other"), "nightly")
    entry(alpha)
    tagged(entry(elsewhere), "nightly", "theirs")
    client = browser(Role.BILLING_VIEWER, alpha)
    page = client.get("/api/v1/usage?group_by=tag").json()
    assert [(row["group"]["tag"], row["calls"], row["cost"]) for row in page["items"]] == [
        ("", 1, "0.000001"), ("nightly", 2, "0.000002"), ("team:blue", 1, "0.000001"),
    ]  # fmt: skip
    assert page["overlapping"] is True
    whole = client.get("/api/v1/usage?tag=nightly").json()
    assert whole["items"][0]["calls"] == 2 and whole["overlapping"] is False
    both = client.get("/api/v1/usage?group_by=tag&tag=team:blue").json()["items"]
    assert [row["group"]["tag"] for row in both] == ["nightly", "team:blue"]
    assert client.get("/api/v1/usage?tag=").json()["items"][0]["calls"] == 1
    assert client.get("/api/v1/usage?tag=theirs").json()["items"][0]["calls"] == 0


def test_usage_by_tag_and_model_comes_a_page_at_a_time(alpha: Organisation) -> None:
    for number in range(3):
        tagged(entry(alpha, model=f"m{number}"), "a", "b")
    client, found, cursor = browser(Role.BILLING_VIEWER, alpha), [], ""
    for _ in range(3):
        page = client.get(f"/api/v1/usage?group_by=tag,model&limit=2{cursor}").json()
        found += [f"{row['group']['tag']}/{row['group']['model']}" for row in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert found == ["a/m0", "a/m1", "a/m2", "b/m0", "b/m1", "b/m2"] and page["next_cursor"] is None


def test_the_ledger_is_searched_by_tag(alpha: Organisation) -> None:
    tagged(entry(alpha, model="with-it"), "nightly")
    entry(alpha, model="without-it")
    page = browser(Role.BILLING_VIEWER, alpha).get("/admin/llmproxy/ledgerentry/?q=nightly")
    assert "with-it" in page.content.decode() and "without-it" not in page.content.decode()
