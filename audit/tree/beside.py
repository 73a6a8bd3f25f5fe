"""What a bundle's records say of themselves, looked at beside its tree: of many, by all cores."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from typing import Any, NamedTuple, TypeVar

from .bundle_files import Bundle
from .bundle_records import Records, Span
from .content_check import check_content
from .findings import Report
from .record_check import Part, look_at
from .record_report import judged
from .removed import Removed
from .schema_check import SchemaCheck

Made = TypeVar("Made")
PART = 16 << 20  # bytes; of fewer than two parts the start of another process costs more than it saves


class Beside(NamedTuple):
    """What others make meanwhile; each is waited for when it is called.

    Attributes:
        altered: names of files that are not those that the manifest describes.
        records: what the records say of themselves.
    """

    altered: Callable[[], list[str]]
    records: Callable[[], Report]


@contextmanager
def beside(bundle: Bundle, removed: Removed, part: int = PART) -> Iterator[Beside]:
    """Gives what is made by other processes or, of few records or on one core, when it is asked for."""
    spans, cores = bundle.records.spans(part), os.cpu_count() or 1
    if len(spans) < 2 or cores < 2:
        yield Beside(
            bundle.altered, lambda: _report(bundle, removed, ((span, looked(bundle.records, span)) for span in spans))
        )
        return
    with ProcessPoolExecutor(min(cores, len(spans)), _context()) as pool:
        files = pool.submit(altered, bundle)
        running = [(span, pool.submit(looked, bundle.records, span)) for span in spans]
        parts = ((span, _waited(future, looked, bundle.records, span)) for span, future in running)
        yield Beside(lambda: _waited(files, altered, bundle), lambda: _report(bundle, removed, parts))


def altered(bundle: Bundle) -> list[str]:
    """Names of files that are not those that the manifest describes."""
    return bundle.altered()


def looked(records: Records, span: Span) -> Part:
    """Every record of a part against its schema and its writer's numbers."""
    return look_at(records.lines(span), SchemaCheck(records.schema))


def _report(bundle: Bundle, removed: Removed, parts: Iterator[tuple[Span, Part]]) -> Report:
    report = judged(bundle, removed, parts)
    check_content(bundle, bundle.lines(), report)
    return report


def _waited(future: "Future[Made]", make: Callable[..., Made], *about: Any) -> Made:
    try:
        return future.result()
    except BrokenProcessPool:  # it was killed, or may not be started here: nothing is left out
        return make(*about)


def _context() -> BaseContext:
    """A copy of this process starts at once, but would hold the locks of its other threads for ever."""
    alone = sys.platform == "linux" and threading.active_count() == 1
    return get_context("fork" if alone else "spawn")
