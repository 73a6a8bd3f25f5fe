"""Queries that are asked for every token are compiled once, and ask the database each time."""

from collections.abc import Callable

import pytest
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from accounts.actions import create_service_account, end_tokens
from accounts.models import ClientCredential, Revocation, SigningKey
from tests.gateway_world import World


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query that is compiled from here on."""
    made: list[str] = []
    compile_it: Callable[..., tuple[str, tuple[object, ...]]] = SQLCompiler.as_sql

    def counting(self: SQLCompiler, *args: object, **options: object) -> tuple[str, tuple[object, ...]]:
        made.append(str(self.query.model))
        return compile_it(self, *args, **options)

    monkeypatch.setattr(SQLCompiler, "as_sql", counting)
    return made


def test_each_asks_anew_without_compiling_again(world: World, compiled: list[str]) -> None:
    one = create_service_account.execute(world.organisation, "one").account
    two = create_service_account.execute(world.elsewhere, "two").account

    def ask(client_id: str) -> tuple[object, ...]:
        rows = ClientCredential.objects.of_client(client_id)
        accounts = {(row.service_account, row.service_account.organisation) for row in rows}
        return accounts, Revocation.objects.epochs(client_id), SigningKey.objects.signing(timezone.now())

    ask(one.client_id)
    compiled.clear()
    assert ask(one.client_id)[:2] == ({(one, world.organisation)}, {})
    assert ask(two.client_id)[0] == {(two, world.elsewhere)}
    assert ask("nobody")[0] == set()
    assert compiled == []
    end_tokens.of_client(one.client_id)
    assert ask(one.client_id)[1] == {"cep": 1}
    assert ask(two.client_id)[1] == {}
    two.is_active = False
    two.save()
    assert ask(two.client_id)[0] == set()
