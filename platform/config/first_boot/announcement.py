"""Telling the person at the terminal what to do now, and keeping the credentials for scripts."""

import json
import os
from pathlib import Path

from rich.console import Console

from config.first_boot.bootstrap import FirstRun

FILE = "first-run.json"


def keep(first_run: FirstRun, directory: Path) -> Path:
    """Write first-run.json, readable by its owner only. Raises OSError."""
    path = directory / FILE
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(first_run._asdict(), file, indent=2)
        file.write("\n")
    draft.replace(path)
    return path


def show(first_run: FirstRun, path: Path, console: Console) -> None:
    """Print the credentials, once, with a first call to paste."""
    lines = [
        "",
        "Gatehouse is set up. These credentials are shown once:",
        "",
        f"  Admin       {first_run.admin_url}",
        f"  User name   {first_run.admin_username}",
        f"  Password    {first_run.admin_password}",
        f"  API key     {first_run.api_key}",
        "",
        f"They are also in {path} (readable by you only; delete it when you have them elsewhere).",
        "",
        "A first call, answered by the built-in simulator:",
        "",
        f"  curl {first_run.base_url}/chat/completions \\",
        f"    -H 'Authorization: Bearer {first_run.api_key}' -H 'Content-Type: application/json' \\",
        f'    -d \'{{"model": "{first_run.model}", "messages": [{{"role": "user", "content": "Hello"}}]}}\'',
        "",
        "With the OpenAI SDK:",
        "",
        "  from openai import OpenAI",
        f'  client = OpenAI(base_url="{first_run.base_url}", api_key="{first_run.api_key}")',
        f'  answer = client.chat.completions.create(model="{first_run.model}", '
        'messages=[{"role": "user", "content": "Hello"}])',
        "  print(answer.choices[0].message.content)",
        "",
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
