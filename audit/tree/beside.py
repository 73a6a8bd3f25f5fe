"""What a bundle's records say of themselves, checked beside its tree where there are many: two cores share the work."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

from .bundle_files import Bundle
from .content_check import check_content
from .findings import Report
from .record_check import check_records
from .removed import Removed
from .schema_check import SchemaCheck

LARGE = 32 << 20  # bytes; of fewer the start of another process costs more than it saves


def records_report(directory: Path, removed: Removed) -> Report:
    """Every record against its schema and its writer's numbers, and what was said against its records."""
    bundle, report = Bundle(directory), Report()
    lines = zip(bundle.indexes(removed), bundle.lines(), strict=False)
    check_records(lines, report, SchemaCheck(bundle.schema), contiguous=bundle.contiguous, removed=removed)
    check_content(bundle, bundle.lines(), report)
    return report


@contextmanager
def beside(bundle: Bundle, removed: Removed, large: int = LARGE) -> Iterator[Callable[[], Report]]:
    """Gives what waits for the report, which is made meanwhile or, of few records or on one core, then."""
    if bundle.events_size() < large or (os.cpu_count() or 1) < 2:
        yield lambda: records_report(bundle.directory, removed)
        return
    # A process that is started anew: a copy of this one could hold locks of its threads for ever.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        running = pool.submit(records_report, bundle.directory, removed)

        def waited() -> Report:
            try:
                return running.result()
            except BrokenProcessPool:  # it was killed, or may not be started here: nothing is left out
                return records_report(bundle.directory, removed)

        yield waited
