"""llama.cpp's own server on the model of a file, on a free port: `python serve.py FILE KEY`. Ends with its input."""

import sys

import xllamacpp


def main(path: str, key: str) -> None:
    """Say where it listens, and serve until the input ends."""
    settings = xllamacpp.CommonParams()
    settings.model.path = path
    settings.model_alias = {"tiny"}
    settings.hostnames, settings.port, settings.api_keys = ["127.0.0.1"], 0, [key]
    settings.n_ctx, settings.n_parallel, settings.cpuparams.n_threads = 2048, 2, 1
    settings.offline, settings.warmup = True, False
    server = xllamacpp.Server(settings)
    print(f"LISTENING {server.listening_address}", flush=True)
    sys.stdin.read()


main(*sys.argv[1:])
