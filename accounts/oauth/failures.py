"""Failed attempts are counted for each client from each address (ASVS 6.1.1).

The secrets are 256 random bits: no number of attempts finds one. What the limit protects is the log and the machine.
So it slows the failures down and locks nobody out: who presents what holds is let in, however many others failed in
his name or from his address.
"""

from accounts.oauth.errors import OAuthError
from accounts.single_use import StoreAway, counted

MOST = 20
WINDOW_SECONDS = 60


def count(client_id: str, address: str) -> int:
    """How many attempts have failed in this window, with this one; 1 where the store is away."""
    try:
        return counted("client-failures", f"{address}\n{client_id}", WINDOW_SECONDS)
    except StoreAway:
        return 1


def refusal() -> OAuthError:
    """In place of invalid_client, once there were too many."""
    said = "Too many failed attempts. Wait a minute; a client that authenticates correctly is not affected."
    return OAuthError("temporarily_unavailable", said, 429, {"Retry-After": str(WINDOW_SECONDS)})
