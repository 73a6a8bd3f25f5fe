"""A person's sessions as lists show them: browsers and tools side by side."""

from datetime import datetime
from typing import Any, NamedTuple

from accounts.device_names import device_name
from accounts.models import BrowserSession, RefreshFamily, User

BROWSER, TOOL = "browser", "tool"


class Shown(NamedTuple):
    """One session. `pk` names it among those of its kind; `here` is the one that looks."""

    kind: str
    pk: str
    device: str
    address: str
    where: str
    created_at: datetime
    last_used_at: datetime | None
    here: bool = False


def browsers(user: User, here: str = "") -> list[Shown]:
    """Where the person is signed in to the admin.

    Args:
        here: the digest of the session that looks.
    """
    return [_browser(row, here) for row in BrowserSession.objects.of(user)]


def tools(user: User, **filters: Any) -> list[Shown]:
    """What renews its tokens by itself: refresh families that can go on."""
    rows = RefreshFamily.objects.living().filter(user=user, **filters).select_related("organisation")
    return [_tool(row) for row in rows]


def _browser(row: BrowserSession, here: str) -> Shown:
    return Shown(
        BROWSER, row.pk, device_name(row.user_agent), row.address, "this admin", row.created_at, row.last_used_at,
        row.pk == here,
    )  # fmt: skip


def _tool(row: RefreshFamily) -> Shown:
    what = "management API" if row.audience.endswith("/api") else "gateway"
    where, used = f"{what}, {row.organisation}", row.last_used_at
    return Shown(TOOL, str(row.pk), device_name(row.user_agent), row.address, where, row.created_at, used)
