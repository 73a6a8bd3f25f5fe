"""What 100,000 live API keys cost a worker: time to load them, and memory.

    PYTHONPATH=platform:. python bench/identities.py [keys]

Works on a database of its own in a temporary directory. Memory is what the process grew by, from before the first look
to after it (RSS, after a garbage collection); once with the keys and once without.
"""

import gc
import os
import secrets
import subprocess
import sys
import tempfile
import time

import django

KEYS = 100_000
BATCH = 5_000


def main() -> None:
    """Make the rows, then look at them in a process of their own."""
    if len(sys.argv) > 1 and sys.argv[1] == "load":
        print(loaded())
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else KEYS
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
        os.environ["GATEHOUSE_DATA"] = folder
        setup()
        fill(0)
        before = child()
        fill(count)
        after = [child() for _ in range(3)]
    best, megabytes = min(after), after[0][1] - before[1]
    took = f"loaded in {best[0]:.2f} s, {best[2]:.2f} s of processor"
    print(f"{count:,} keys: {took}, {megabytes:.1f} MB a worker ({before[0]:.2f} s without any)")


def setup() -> None:
    """Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()


def child() -> tuple[float, float, float]:
    """Seconds, megabytes and seconds of processor of one load."""
    done = subprocess.run([sys.executable, __file__, "load"], capture_output=True, text=True, check=True)
    seconds, megabytes, processor = map(float, done.stdout.split())
    return seconds, megabytes, processor


def loaded() -> str:
    """Load everything once, as a worker does at its start."""
    setup()
    from accounts.apps import AccountsConfig  # Django is set up by now

    identity = AccountsConfig.current().identity
    from accounts.models import Organisation

    list(Organisation.objects.all())  # the connection is open
    gc.collect()
    before = resident()
    began, processor = time.perf_counter(), time.process_time()
    identity.load()
    seconds, processor = time.perf_counter() - began, time.process_time() - processor
    gc.collect()
    return f"{seconds} {resident() - before} {processor}"


def resident() -> float:
    """Megabytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def fill(count: int) -> None:
    """Rows as an installation would have them: a hundred applications' settings, in twenty organisations."""
    from django.core.management import call_command

    from accounts.actions import rotate_signing_key
    from accounts.crypto.api_key_text import ApiKeyText
    from accounts.models import ApiKey, Membership, Organisation, User
    from accounts.ring import digests

    if not count:
        call_command("migrate", verbosity=0)
        rotate_signing_key.ensure()
        for number in range(20):
            organisation = Organisation.objects.create(name=f"Org {number}", slug=f"org-{number}")
            user = User.objects.create_user(f"owner{number}")
            Membership.objects.create(user=user, organisation=organisation)
        return
    organisations, makers = list(Organisation.objects.order_by("slug")), list(User.objects.order_by("username"))
    digest, pepper = digests().of("x" * 43), digests().current
    for first in range(0, count, BATCH):
        rows = []
        for number in range(first, min(first + BATCH, count)):
            text = ApiKeyText.fresh()
            place = number % 20
            rows.append(
                ApiKey(
                    organisation=organisations[place],
                    created_by=makers[place],
                    name=f"application {number}",
                    public_id=text.public_id,
                    digest=secrets.token_bytes(len(digest)),
                    pepper=pepper,
                    last4="abcd",
                    models_allowed=[["gpt"], [], ["small", "large"]][number % 3],
                )  # fmt: skip
            )
        ApiKey.objects.bulk_create(rows)


if __name__ == "__main__":
    main()
