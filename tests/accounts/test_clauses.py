"""Every clause of SECURITY section 1.1 to 1.4 has a negative test that is named after it, and this is where.

A test's name begins with the clauses that it is about: `test_b10_a1_…`. A clause without a test, a file that has none,
and a test of a clause that is not listed here are all failures.
"""

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
ACCOUNTS = "tests/accounts"
VERIFIER = f"{ACCOUNTS}/tokens/test_verifier.py"
VECTORS = f"{ACCOUNTS}/tokens/test_rfc_examples.py"
KEYS = f"{ACCOUNTS}/tokens/test_client_key.py"
PROOFS = f"{ACCOUNTS}/tokens/test_dpop.py"
KEY_SET = f"{ACCOUNTS}/views/test_key_set.py"
LOGIN = f"{ACCOUNTS}/views/test_token.py"
ENDPOINTS = f"{ACCOUNTS}/views/test_oauth.py"
AUTHENTICATION = f"{ACCOUNTS}/test_authentication.py"
CREDENTIALS = f"{ACCOUNTS}/test_credentials.py"
CLIENTS = f"{ACCOUNTS}/oauth/test_client.py"
ASSERTIONS = f"{ACCOUNTS}/tokens/test_client_assertion.py"
DISCOVERY = f"{ACCOUNTS}/oauth/test_discovery.py"
EXCHANGE = f"{ACCOUNTS}/oauth/test_exchange.py"
REFRESH = f"{ACCOUNTS}/oauth/test_refresh_grant.py"
REVOKE = f"{ACCOUNTS}/oauth/test_revoke_and_introspect.py"
FOREIGN_CLIENT = "tests/e2e/test_openid_client.py"
NOT_THERE = f"{ACCOUNTS}/oauth/test_what_is_not_there.py"
ISSUERS = f"{ACCOUNTS}/issuers/test_tokens.py"
BOUND = tuple(f"{ACCOUNTS}/dpop/test_{name}.py" for name in ("data_plane", "management_api", "token_endpoint"))

WHERE: dict[str, tuple[str, ...]] = {
    # 1.1 RFC 8725 and its successor
    "b1": (VERIFIER,), "b2": (VERIFIER,), "b3": (VERIFIER,), "b4": (VERIFIER,), "b5": (KEYS, VECTORS, PROOFS),
    "b6": (VERIFIER,), "b7": (VERIFIER, ISSUERS), "b8": (VERIFIER, AUTHENTICATION), "b9": (VERIFIER, ISSUERS),
    "b10": (VERIFIER,), "b11": (VECTORS, LOGIN, CLIENTS, EXCHANGE, REFRESH), "b12": (VERIFIER, PROOFS),
    "b13": (VERIFIER,), "b14": (KEY_SET,),
    # 1.2 RFC 7515, 7517, 7518, 7519, 7638
    "j1": (VERIFIER,), "j2": (VERIFIER, PROOFS), "j3": (VERIFIER, PROOFS), "j4": (VERIFIER,), "j5": (KEY_SET,),
    "j6": (VECTORS,), "j7": (VERIFIER, PROOFS), "j8": (KEY_SET,),
    # 1.3 RFC 9068
    "a1": (VERIFIER,), "a2": (VERIFIER,), "a3": (AUTHENTICATION,), "a4": (NOT_THERE,), "a5": (AUTHENTICATION,),
    # 1.4 OAuth
    "o1": (NOT_THERE,), "o2": (ENDPOINTS, LOGIN, CLIENTS), "o3": (ENDPOINTS,), "o4": (ENDPOINTS,),
    "o5": (ENDPOINTS,), "o6": (CLIENTS,), "o7": (CLIENTS, ASSERTIONS), "o8": (REVOKE,), "o9": (REVOKE,),
    "o10": (DISCOVERY, FOREIGN_CLIENT),
    "o11": (DISCOVERY,), "o12": (DISCOVERY,), "o13": (CREDENTIALS, AUTHENTICATION),
    "o14": (EXCHANGE,), "o15": (NOT_THERE,), "o16": (PROOFS, CREDENTIALS, *BOUND), "o17": (REFRESH, LOGIN),
    "o18": (NOT_THERE,), "o19": (NOT_THERE,), "o20": (NOT_THERE,),
}  # fmt: skip
COUNTS = {"b": 14, "j": 8, "a": 5, "o": 20}
NAME = re.compile(r"^(?:async )?def test_((?:[bjao]\d+_)+)", re.MULTILINE)


def found() -> dict[str, set[str]]:
    """Clause to the files that have a test named after it."""
    files: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for names in NAME.findall(path.read_text(encoding="utf-8")):
            for clause in names.strip("_").split("_"):
                files[clause].add(str(path.relative_to(ROOT)))
    return files


def test_every_clause_is_in_the_table() -> None:
    assert WHERE.keys() == {f"{letter}{number + 1}" for letter, most in COUNTS.items() for number in range(most)}


def test_every_clause_is_tested_where_the_table_says_and_nowhere_else() -> None:
    assert {clause: sorted(files) for clause, files in found().items()} == {
        clause: sorted(files) for clause, files in WHERE.items()
    }
