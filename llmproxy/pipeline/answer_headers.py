"""What an answer says of itself in headers: of where it was made, of limits, of the cache."""

from llmproxy.pipeline import admission, served_by
from llmproxy.pipeline.call import Call

Header = tuple[bytes, bytes]


def of(call: Call) -> list[Header]:
    """To be asked before the call is settled: what let it in is forgotten then."""
    return [*served_by.headers(call), *admission.headers(call), *(call.cache.headers if call.cache is not None else ())]
