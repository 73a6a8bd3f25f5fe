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
from pathlib import Path

from .bundle_files import Bundle
from .bundle_records import Records, Span
from .content_check import check_content
from .findings import Report
from .record_check import Part, look_at
from .record_report import judged
from .removed import Removed
from .schema_check import SchemaCheck

PART = 16 << 20  # bytes; of fewer than two parts the start of another process costs more than it saves


@contextmanager
def beside(bundle: Bundle, removed: Removed, part: int = PART) -> Iterator[Callable[[], Report]]:
    """Gives what waits for the report, which is made meanwhile or, of few records or on one core, then."""
    spans, cores = bundle.records.spans(part), os.cpu_count() or 1
    if len(spans) < 2 or cores < 2:
        yield lambda: _report(bundle, removed, ((span, looked(bundle.directory, span)) for span in spans))
        return
    with ProcessPoolExecutor(min(cores, len(spans)), _context()) as pool:
        running = [(span, pool.submit(looked, bundle.directory, span)) for span in spans]
        yield lambda: _report(
            bundle, removed, ((span, _waited(future, bundle.directory, span)) for span, future in running)
        )


def looked(directory: Path, span: Span) -> Part:
    """Every record of a part against its schema and its writer's numbers."""
    records = Records(directory)
    return look_at(records.lines(span), SchemaCheck(records.schema))


def _report(bundle: Bundle, removed: Removed, parts: Iterator[tuple[Span, Part]]) -> Report:
    report = judged(bundle, removed, parts)
    check_content(bundle, bundle.lines(), report)
    return report


def _waited(future: "Future[Part]", directory: Path, span: Span) -> Part:
    try:
        return future.result()
    except BrokenProcessPool:  # it was killed, or may not be started here: nothing is left out
        return looked(directory, span)


def _context() -> BaseContext:
    """A copy of this process starts at once, but would hold the locks of its other threads for ever."""
    alone = sys.platform == "linux" and threading.active_count() == 1
    return get_context("fork" if alone else "spawn")
