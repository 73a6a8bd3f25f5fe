"""A request for vectors and the answer, in no wire's words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmproxy.wires.canonical.answer import Facts
from llmproxy.wires.usage import Usage

Body = Mapping[str, Any]
Vector = Sequence[float]


@dataclass(frozen=True, slots=True)
class Texts:
    """What vectors are asked for.

    Attributes:
        dimensions: of each vector; None for the model's own.
        left_out: what the client sent that no answer depends on.
    """

    texts: tuple[str, ...]
    dimensions: int | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vectors:
    """One for each text, in their order."""

    vectors: tuple[Vector, ...]
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class EmbeddingProvider:
    """A wire as providers speak it.

    Attributes:
        write: a request, with the provider's name of the model.
        read: an answer. Raises BadAnswer.
    """

    write: Callable[[Texts, str], dict[str, Any]]
    read: Callable[[Body], Vectors]


@dataclass(frozen=True, slots=True)
class EmbeddingClient:
    """A wire as clients speak it.

    Attributes:
        read: raises BadRequest, UnsupportedParameter.
        write: of an answer to the request given.
    """

    read: Callable[[Body], Texts]
    write: Callable[[Vectors, Facts, Body], dict[str, Any]]
