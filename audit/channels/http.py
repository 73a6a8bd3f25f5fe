"""One POST or PUT through the guarded session."""

from collections.abc import Mapping

from requests import RequestException, Response

from audit.channels.delivery import NotDelivered
from audit.outside import outside

TIMEOUTS = (5.0, 20.0)  # connect, read; seconds


def send(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
    """The answer, if it is a 2xx. Raises NotDelivered."""
    try:
        with outside().session() as session:
            answer = session.request(
                method, url, data=body, headers=dict(headers), timeout=TIMEOUTS, allow_redirects=False
            )
    except (RequestException, ValueError) as error:
        raise NotDelivered(f"it cannot be reached: {type(error).__name__}") from error
    if not 200 <= answer.status_code < 300:
        raise NotDelivered(f"it answers {answer.status_code}")
    return answer
