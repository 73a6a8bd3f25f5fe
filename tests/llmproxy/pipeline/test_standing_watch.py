"""Streams whose caller's credential is looked after while they run."""

import asyncio

from llmproxy.pipeline.standing_watch import StandingWatch, StandingWatches


class Credential:
    """Holds until it is revoked; counts how often it was looked at."""

    def __init__(self) -> None:
        self.revoked: str | None = None
        self.looks = 0
        self.seen = asyncio.Event()

    def lost(self) -> str | None:
        self.looks += 1
        self.seen.set()
        return self.revoked


async def streaming(credential: Credential, watches: StandingWatches) -> str | None:
    """A stream that says nothing and has no end; why it was ended."""
    with StandingWatch(credential, watches) as watch:  # type: ignore[arg-type]
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            watch.take_back()
    return watch.lost


def test_a_revoked_credential_ends_its_own_stream_and_no_other() -> None:
    async def scene() -> None:
        watches, good, bad = StandingWatches(), Credential(), Credential()
        streams = [asyncio.ensure_future(streaming(each, watches)) for each in (good, bad)]
        await bad.seen.wait()
        bad.revoked = "token_revoked"
        assert await streams[1] == "token_revoked"
        looked = good.looks
        good.seen.clear()
        await good.seen.wait()
        assert good.looks > looked
        assert not streams[0].done()
        good.revoked = "key_revoked"
        assert await streams[0] == "key_revoked"

    asyncio.run(scene())


def test_a_stream_that_comes_after_all_others_have_ended_is_looked_after_too() -> None:
    async def scene() -> None:
        watches = StandingWatches()
        for _ in range(2):
            credential = Credential()
            credential.revoked = "session_revoked"
            assert await streaming(credential, watches) == "session_revoked"

    asyncio.run(scene())


def test_a_stream_that_is_over_is_not_looked_at_again() -> None:
    async def scene() -> None:
        watches, over, running = StandingWatches(), Credential(), Credential()
        with StandingWatch(over, watches):  # type: ignore[arg-type]
            pass
        stream = asyncio.ensure_future(streaming(running, watches))
        await running.seen.wait()
        running.revoked = "tenant"
        await stream
        assert not over.looks

    asyncio.run(scene())
