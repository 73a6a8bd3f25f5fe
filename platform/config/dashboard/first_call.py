"""The call that answers on a fresh install, ready to paste."""

import json
import shlex

from django.conf import settings

from llmproxy.models import Route

ANY_MODEL = "MODEL"


def curl() -> str:
    """A shell command; the key is taken from the shell's environment, for we do not know it any more."""
    route = Route.objects.filter(enabled=True).order_by("-is_default", "public_name").first()
    body = {
        "model": route.public_name if route else ANY_MODEL,
        "messages": [{"role": "user", "content": "Hello!"}],
    }
    return " \\\n  ".join(
        [
            f"curl {shlex.quote(settings.GATEHOUSE_PUBLIC_URL + '/v1/chat/completions')}",
            '-H "Authorization: Bearer $GATEHOUSE_API_KEY"',
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(json.dumps(body))}",
        ]
    )
