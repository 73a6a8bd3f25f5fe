"""Tokens of a Gatehouse: fetched, renewed before they expire, bound to a key of this program (DPoP)."""

from gatehouse.commands.profiles import signed_in
from gatehouse.errors import BindingRefused, GatehouseError, LoginNeeded, NotReachable, Refused
from gatehouse.grants import ApiKey, ClientSecret, PrivateKey, RefreshToken
from gatehouse.proofs import ProofKey
from gatehouse.signer import Signer
from gatehouse.source import TokenSource
from gatehouse.token import Token

__all__ = [
    "ApiKey",
    "BindingRefused",
    "ClientSecret",
    "GatehouseError",
    "LoginNeeded",
    "NotReachable",
    "PrivateKey",
    "ProofKey",
    "RefreshToken",
    "Refused",
    "Signer",
    "Token",
    "TokenSource",
    "signed_in",
]
