"""The control plane's threads: kept for the next request, never shared by two, no more kept than said."""

import asyncio
import threading

from asgiref.sync import sync_to_async

from config.control_threads import KEPT_SECONDS, MOST_KEPT, ControlThreads

here = sync_to_async(threading.current_thread)


async def thread_of(threads: ControlThreads) -> threading.Thread:
    async with threads.one():
        return await here()


async def test_the_next_request_runs_in_the_thread_of_the_last() -> None:
    threads = ControlThreads()
    assert await thread_of(threads) is await thread_of(threads)


async def test_a_request_stays_in_one_thread() -> None:
    async with ControlThreads().one():
        assert await here() is await here()


async def test_two_requests_at_the_same_time_run_in_two_threads() -> None:
    threads = ControlThreads()
    async with threads.one():
        first = await here()
        assert await asyncio.create_task(thread_of(threads)) is not first


async def test_a_request_that_fails_gives_its_thread_back() -> None:
    threads = ControlThreads()
    seen = []
    for _ in range(2):
        try:
            async with threads.one():
                seen.append(await here())
                raise LookupError
        except LookupError:
            continue
    assert seen[0] is seen[1]


async def at_the_same_time(threads: ControlThreads, number: int) -> list[threading.Thread]:
    everybody_is_here = asyncio.Barrier(number)

    async def one() -> threading.Thread:
        async with threads.one():
            found = await here()
            await everybody_is_here.wait()
            return found

    return await asyncio.gather(*(one() for _ in range(number)))


async def living(ran: list[threading.Thread], ended: int) -> list[threading.Thread]:
    """Those that live once `ended` of them have come to their end; that takes them a moment."""
    async with asyncio.timeout(30):
        while sum(not thread.is_alive() for thread in ran) < ended:  # noqa: ASYNC110 (threads tell nobody that they end)
            await asyncio.sleep(0)
    return [thread for thread in ran if thread.is_alive()]


async def test_no_more_threads_are_kept_than_said() -> None:
    threads = ControlThreads()
    ran = await at_the_same_time(threads, MOST_KEPT + 2)
    assert len(set(ran)) == MOST_KEPT + 2
    assert len(await living(ran, 2)) == MOST_KEPT


async def test_after_a_rush_those_that_nobody_needs_go() -> None:
    now = 0.0
    threads = ControlThreads(lambda: now)
    ran = await at_the_same_time(threads, 3)
    now = KEPT_SECONDS + 1
    used = await thread_of(threads)
    assert await living(ran, 2) == [used]
