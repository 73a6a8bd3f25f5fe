#!/bin/sh
# Makes .venv and installs a requirements file into it, with hashes. Does nothing when that was done before.
set -eu
requirements=$1
say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

find_python() {
    for name in "${PYTHON3:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$name"; return 0
        fi
    done
    return 1
}

python=$(find_python) || fail "Gatehouse needs Python 3.11 or newer; $(python3 --version 2>/dev/null || echo 'no python3') was found."
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c '' 2>/dev/null; then
    say "Making a virtual environment with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv 2>/dev/null || fail "$python cannot make a virtual environment: install its venv package (Debian: python3-venv)."
fi
stamp=.venv/installed-$(basename "$requirements")
wanted=$(cksum < "$requirements")
[ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ] && exit 0
# The larger set holds the smaller one.
[ "$requirements" = requirements.txt ] && [ "$(cat .venv/installed-requirements-dev.txt 2>/dev/null || true)" = "$(cksum < requirements-dev.txt)" ] && exit 0
say "Installing $(grep -c '==' "$requirements") packages from $requirements (with hashes)"
# In a pipe the shell sees awk's exit code only, so pip's failure leaves a mark.
failed=$stamp.failed
rm -f "$failed"
{ .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r "$requirements" \
    || : > "$failed"; } \
    | awk '/^Collecting|^Installing collected/ { n++; if (n % 20 == 0) { print "  " n " packages so far"; fflush() } }'
[ ! -e "$failed" ] || fail "installing the packages of $requirements failed; see above."
.venv/bin/python -c 'import django, granian, celery' 2>/dev/null || fail "installing the packages of $requirements failed; see above."
say "Installed."
printf '%s' "$wanted" > "$stamp"
