"""The `gatehouse` command.

Exit codes: 0 done · 1 refused · 2 wrong use · 3 sign in (again) · 4 the gateway cannot be reached.
"""

import argparse
import sys

from gatehouse.commands import keys, login, tokens
from gatehouse.errors import GatehouseError, LoginNeeded, NotReachable

REFUSED, SIGN_IN, NOT_REACHED, INTERRUPTED = 1, 3, 4, 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    given = _parser().parse_args(arguments)
    try:
        given.run(given)
    except LoginNeeded as error:
        return _failed(error, SIGN_IN)
    except NotReachable as error:
        return _failed(error, NOT_REACHED)
    except GatehouseError as error:
        return _failed(error, REFUSED)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _failed(error: GatehouseError, code: int) -> int:
    print(f"gatehouse: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gatehouse", description="Short-lived tokens of a Gatehouse for your tools.",
        epilog="Secrets are asked for, or read from standard input; there is no option for them.",
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="command")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--profile", help="which sign-in (default: $GATEHOUSE_PROFILE, else “default”)")
    _login_options(commands.add_parser("login", parents=[shared], help="sign in, as a person or a program"))
    for name, run, help_text in (
        ("token", tokens.token, "print a token that holds for minutes; fetched or renewed when needed"),
        ("whoami", tokens.whoami, "say as whom, and whether it holds"),
        ("logout", login.logout, "end the session and delete what is kept here"),
    ):
        one = commands.add_parser(name, parents=[shared], help=help_text)
        one.set_defaults(run=run)
        if name == "token":
            help_text = "how long your tool keeps it before it asks again (default: 300)"
            one.add_argument("--valid-for", type=float, default=300.0, metavar="SECONDS", help=help_text)
    _keys_options(commands.add_parser("keys", help="list, create, rotate, revoke your own API keys"), shared)
    return parser


def _login_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=login.login)
    parser.add_argument("--url", help="the gateway, such as https://gateway.example")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--user", help="your user name (asked for where it is left out)")
    who.add_argument("--api-key", action="store_true", help="an API key, which is asked for")
    who.add_argument("--client-id", help="a service account; its secret is asked for")
    parser.add_argument("--private-key", metavar="FILE", help="sign with this key instead of a secret; made if missing")
    parser.add_argument("--organisation", help="its short name, where you belong to several")
    parser.add_argument("--scope", help="ask for fewer scopes, separated by spaces")
    parser.add_argument("--model", action="append", help="narrow an API key's tokens to this model (repeatable)")
    parser.add_argument("--budget", help="an API key's tokens have to fit into this budget, besides all others")
    parser.add_argument("--allow-http", action="store_true", help="send secrets unencrypted, on a network of your own")


def _keys_options(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=keys.keys)
    what = parser.add_subparsers(required=True, dest="what", metavar="what")
    listing = what.add_parser("list", parents=[shared], help="those that work")
    listing.add_argument("--all", action="store_true", help="also expired and revoked ones")
    making = what.add_parser("create", parents=[shared], help="make one; it is printed once")
    making.add_argument("name", help="what uses it")
    making.add_argument("--scope", action="append", help="fewer scopes than yours (repeatable)")
    making.add_argument("--model", action="append", help="only this model (repeatable)")
    making.add_argument("--days", type=int, help="until it expires (default: 90)")
    making.add_argument("--organisation-id", help="where you belong to several")
    rotating = what.add_parser("rotate", parents=[shared], help="a new secret; the old one works for a day")
    rotating.add_argument("name", help="name, prefix or id")
    rotating.add_argument("--overlap", type=int, metavar="SECONDS", help="how long both work, a day at most")
    ending = what.add_parser("revoke", parents=[shared], help="end one, at once and for good")
    ending.add_argument("name", help="name, prefix or id")


if __name__ == "__main__":
    sys.exit(main())
