"""The size budget: files of at most 400 lines, functions of at most 60 lines and 10 branches, names that say something.

A file or function may break it with a comment `# size: reason` on its first line.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_LINES, MOST_FUNCTION_LINES, MOST_BRANCHES = 400, 60, 10
EMPTY_NAMES = frozenset({"util", "utils", "helper", "helpers", "common", "misc", "stuff"})
BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.IfExp, ast.match_case, ast.comprehension)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> int:
    """Print what is over the budget; 1 if anything is."""
    findings = [finding for path in _sources() for finding in _findings(path)]
    if (ROOT / "platform" / "__init__.py").exists():
        findings.append("platform/__init__.py exists: it shadows the standard library's platform")
    print("\n".join(findings) if findings else "within the budget")
    return 1 if findings else 0


def _sources() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return [ROOT / line for line in listed.splitlines() if "/migrations/" not in line and (ROOT / line).exists()]


def _findings(path: Path) -> Iterator[str]:
    name, text = path.relative_to(ROOT), path.read_text(encoding="utf-8")
    lines = text.splitlines()
    if EMPTY_NAMES & {part.removesuffix(".py") for part in name.parts}:
        yield f"{name}: a name that says nothing"
    if len(lines) > MOST_LINES and "# size:" not in lines[0]:
        yield f"{name}: {len(lines)} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function) and "# size:" not in lines[node.lineno - 1]:
            yield from _function_findings(name, node)


def _function_findings(name: Path, node: Function) -> Iterator[str]:
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    if length > MOST_FUNCTION_LINES:
        yield f"{name}:{node.lineno} {node.name}: {length} lines"
    branches = sum(isinstance(inner, BRANCHES) for inner in ast.walk(node))
    if branches > MOST_BRANCHES:
        yield f"{name}:{node.lineno} {node.name}: {branches} branches"


if __name__ == "__main__":
    sys.exit(main())
