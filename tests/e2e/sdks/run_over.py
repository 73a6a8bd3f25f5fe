"""Runs a script of calls for each of several models in one process: an SDK is slow to load, not to use."""

import runpy
import sys

script, base_url, key, *models = sys.argv[1:]
for pair in models:
    sys.argv = [script, base_url, key, *pair.split("=")]
    print(pair, flush=True)
    runpy.run_path(script, run_name="__main__")
