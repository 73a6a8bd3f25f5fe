"""`gatehouse-audit` as it is installed: its own files, nothing but Python, no Gatehouse on the path."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from audit.actions.export_bundle import export_bundle
from audit.actions.sign_checkpoint import key_file
from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
PROJECT = Path(__file__).parents[2] / "clients" / "verifier"
RUN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from gatehouse_audit.command_line import main
code = main(sys.argv[1:])
foreign = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names) - {"gatehouse_audit"}
assert not foreign - {"__main__", "__mp_main__"}, foreign
sys.exit(code)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A zip of exactly the files that the project's wheel takes."""
    configuration = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    included = configuration["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    made = tmp_path / "package.zip"
    with zipfile.ZipFile(made, "w") as archive:
        for source, target in included.items():
            for path in (PROJECT / source).resolve().rglob("*.py"):
                archive.write(path, f"{target}/{path.relative_to((PROJECT / source).resolve())}")
    assert configuration["project"]["dependencies"] == []
    assert configuration["project"]["scripts"] == {"gatehouse-audit": "gatehouse_audit.command_line:main"}
    return made


@pytest.fixture
def bundle(tmp_path: Path, settings) -> Path:  # type: ignore[no-untyped-def]
    settings.AUDIT_KEY_FILE, settings.AUDIT_CHECKPOINT_FILE = tmp_path / "key", tmp_path / "checkpoint"
    for n in range(300):
        record("proxy.request.rejected", outcome="denied", request_id=f"r{n}")
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    export_bundle(tmp_path / "bundle", {"requested_by": "ann", "reason": "test"}, 0, None)
    return tmp_path / "bundle"


def alone(package: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """In an empty directory, isolated, without site-packages and without our environment."""
    command = [sys.executable, "-I", "-S", "-c", RUN, str(package), *arguments]
    return subprocess.run(
        command, cwd=package.parent, env={"PATH": os.defpath}, capture_output=True, text=True, check=False
    )


def test_it_verifies_a_bundle_with_nothing_but_python(package: Path, bundle: Path) -> None:
    key = str(key_file().keys()[0].verifier)
    done = alone(package, "verify", str(bundle), "--key", key)
    assert done.returncode == 0, done.stderr
    assert "everything holds" in done.stdout
    events = bundle / "events.jsonl"
    events.write_bytes(events.read_bytes().replace(b'"r7"', b'"r8"'))
    broken = alone(package, "verify", str(bundle), "--key", key)
    assert broken.returncode == 1
    assert "leaf 7" in broken.stderr


def test_it_says_how_it_is_used(package: Path) -> None:
    assert "verify" in alone(package, "--help").stdout
    assert alone(package, "verify", "nowhere", "--key", "k+1+AA").returncode == 2


def test_it_tries_a_policy_on_a_record_with_nothing_but_python(package: Path, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text('{"type": "proxy.request.completed", "actor": {"type": "api_key"}}')
    (tmp_path / "policy.json").write_text('{"rules": [{"level": "request"}]}')
    done = alone(package, "policy", "test", "record.json", "--policy", "policy.json")
    assert done.returncode == 0, done.stderr
    assert "level: request, by policy.json" in done.stdout
