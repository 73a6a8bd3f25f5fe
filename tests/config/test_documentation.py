"""What the documentation promises to list, it lists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r'env\.(?:text|integer|flag|words|kept_secret)\(\s*"([A-Z_]+)"')
PAGES = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
VARIABLES = sorted(set(READ.findall((ROOT / "platform/config/settings.py").read_text()))) + ["DATABASE_URL"]


@pytest.mark.parametrize("page", ["docs/configuration.md", ".env.example"])
@pytest.mark.parametrize("variable", VARIABLES)
def test_every_variable_is_documented(variable: str, page: str) -> None:
    assert variable in (ROOT / page).read_text()


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / page).parent / target).exists(), target


def test_platform_is_no_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
