"""Empty lists of the admin: what they are for and the next step; a search that finds nothing says so."""

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import User
from config.empty_lists import EMPTY_LISTS
from config.navigation import GROUPS, Page

PAGES = [entry.model.lower() for _, entries in GROUPS for entry in entries if isinstance(entry, Page)]
# Filled by the installation itself, or with a page of their own in the menu.
NEVER_EMPTY = {"accounts.user", "django_celery_beat.periodictask"}


@pytest.fixture
def client(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"), "django.contrib.auth.backends.ModelBackend")
    return client


def test_every_list_of_the_menu_has_its_words_and_every_word_a_list() -> None:
    assert set(PAGES) - NEVER_EMPTY - set(EMPTY_LISTS) == set()
    assert all(apps.get_model(label) for label in EMPTY_LISTS)


def test_an_empty_list_says_what_it_is_for_and_how_to_begin(client: Client) -> None:
    page = client.get("/admin/llmproxy/responsecache/").content.decode()
    assert "No response caches yet" in page and EMPTY_LISTS["llmproxy.responsecache"] in page
    assert "Add response cache" in page


def test_a_search_that_finds_nothing_says_so(client: Client) -> None:
    page = client.get("/admin/llmproxy/route/?q=nothing-of-that-name").content.decode()
    assert "Nothing matches" in page and "Show all" in page
