"""`python -m llmproxy.simulator --port 9000 [--key sk-…]`: an OpenAI-compatible server on this machine."""

import argparse
import sys

import uvicorn

from llmproxy.simulator.server import Server


def main() -> None:
    """Serve until interrupted."""
    arguments = _parser().parse_args()
    base_url = f"http://{arguments.host}:{arguments.port}/v1"
    sys.stdout.write(f"Simulator at {base_url} (models: simulator-chat, simulator-slow, simulator-embedding)\n")
    sys.stdout.flush()
    # A reset that was asked for is an exception to the web server: "critical" keeps it out of the terminal.
    server = Server(arguments.key)
    uvicorn.run(
        server, host=arguments.host, port=arguments.port, lifespan="off", access_log=False, log_level="critical"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m llmproxy.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--key", help="the key that callers must present; without it everyone may call")
    return parser


if __name__ == "__main__":
    main()
