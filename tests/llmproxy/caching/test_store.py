"""Kept answers: sealed, bounded, gone when their time is over."""

from accounts.shared_store import SharedStore
from llmproxy.caching.name import entry_name
from llmproxy.caching.rule import CacheRule
from llmproxy.caching.sealed import Kept, Sealer
from llmproxy.caching.store import PREFIX, AnswerStore
from tests.valkey import running_valkey

RULE = CacheRule("rule", 0, "organisation", 60, 1024, 10_000)
ANSWER = Kept(b'{"secret": "the answer"}', "application/json", 1, 7, 3, 42)
ALPHA = "alpha"


def sealer() -> Sealer:
    return Sealer(bytes(range(32)))


async def test_an_answer_is_found_again_and_cannot_be_read_in_the_store() -> None:
    with running_valkey() as url:
        store = SharedStore(url)
        answers = AnswerStore(store, sealer())
        await answers.keep(ALPHA, "a" * 64, ANSWER, RULE)
        stored = await store.ask(lambda client: client.get(f"{PREFIX}:{ALPHA}:{'a' * 64}"))
        assert b"answer" not in stored
        assert await answers.find(ALPHA, "a" * 64) == ANSWER
        assert await answers.find("elsewhere", "a" * 64) is None
        assert 0 < await store.ask(lambda client: client.ttl(f"{PREFIX}:{ALPHA}:{'a' * 64}")) <= 60
        await store.close()


async def test_an_entry_that_was_moved_or_changed_or_is_under_another_key_is_a_miss() -> None:
    sealed = sealer().seal(ANSWER, "a" * 64)
    assert sealer().unseal(sealed, "a" * 64, 10_000) == ANSWER
    assert sealer().unseal(sealed, "b" * 64, 10_000) is None
    assert sealer().unseal(sealed[:-1] + b"?", "a" * 64, 10_000) is None
    assert Sealer(bytes(32)).unseal(sealed, "a" * 64, 10_000) is None
    assert sealer().unseal(b"", "a" * 64, 10_000) is None


async def test_an_organisation_never_fills_more_than_its_rule_allows() -> None:
    with running_valkey() as url:
        store = SharedStore(url)
        answers = AnswerStore(store, sealer())
        size = len(sealer().seal(ANSWER, "a" * 64))
        small = CacheRule("rule", 0, "organisation", 60, 1024, 3 * size + size // 2)
        for number in range(10):
            await answers.keep(ALPHA, f"{number:064}", ANSWER, small)
        kept = await store.ask(lambda client: client.keys(f"{PREFIX}:{ALPHA}:0*"))
        assert len(kept) == 3
        assert await answers.find(ALPHA, f"{9:064}") == ANSWER
        await answers.keep(ALPHA, f"{9:064}", ANSWER, small)  # the same again takes no more room
        assert len(await store.ask(lambda client: client.keys(f"{PREFIX}:{ALPHA}:0*"))) == 3
        tiny = CacheRule("rule", 0, "organisation", 60, 1024, 10)
        await answers.keep(ALPHA, "c" * 64, ANSWER, tiny)
        assert await answers.find(ALPHA, "c" * 64) is None
        await store.close()


def test_the_name_says_everything_that_decides_the_answer_and_nothing_else() -> None:
    asked = {"within": "alpha", "model": "m"}
    one = entry_name(asked, {"messages": [1], "temperature": 0, "user": "eve"})
    assert one == entry_name(asked, {"temperature": 0, "messages": [1], "user": "bob", "stream": True})
    assert one != entry_name(asked, {"messages": [1], "temperature": 1})
    assert one != entry_name({**asked, "within": "beta"}, {"messages": [1], "temperature": 0})
