"""Failed attempts are counted for each client from each address (ASVS 6.1.1).

The secrets are 256 random bits: no number of attempts finds one. What the limit protects is the log and the machine.
So it slows the failures down and locks nobody out: who presents what holds is let in, however many others failed in
his name or from his address.
"""

from django.http import HttpRequest

from accounts.oauth.errors import OAuthError
from accounts.single_use import StoreAway, counted
from audit.log import record

MOST = 20
WINDOW_SECONDS = 60


def count(client_id: str, address: str) -> int:
    """How many attempts have failed in this window, with this one; 1 where the store is away."""
    try:
        return counted("client-failures", f"{address}\n{client_id}", WINDOW_SECONDS)
    except StoreAway:
        return 1


def refused(request: HttpRequest, client_id: str, because: str, refusal: OAuthError) -> OAuthError:
    """`refusal`, on record; in its place a request to wait, once there were too many."""
    number = count(client_id, str(request.META.get("REMOTE_ADDR", "")))
    if number > MOST:
        said = "Too many failed attempts. Wait a minute; a client that authenticates correctly is not affected."
        return OAuthError("temporarily_unavailable", said, 429, {"Retry-After": str(WINDOW_SECONDS)})
    attrs = {"reason": refusal.code, "because": because, "client_id": client_id[:64], "last_of_many": number == MOST}
    record("auth.token.rejected", outcome="denied", attrs=attrs)
    return refusal
