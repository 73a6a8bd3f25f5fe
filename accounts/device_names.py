"""What a browser or program is called in a list of sessions: from its User-Agent, which anybody can make up."""

PROGRAMS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"), ("gatehouse", "the gatehouse command"), ("Python-urllib", "the gatehouse command"),
    ("python-requests", "a Python program"), ("httpx", "a Python program"), ("aiohttp", "a Python program"),
    ("curl/", "curl"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
LONGEST = 60


def device_name(user_agent: str) -> str:
    """Such as “Firefox on Linux”; the beginning of the text itself where it is of no known kind."""
    program = next((name for mark, name in PROGRAMS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if not program:
        return user_agent[:LONGEST] or "unknown"
    return f"{program} on {system}" if system else program
