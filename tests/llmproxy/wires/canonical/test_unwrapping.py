"""Free text within the arguments of a function, while they arrive."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.canonical.free_text import wrapped
from llmproxy.wires.canonical.unwrapping import Unwrapping, unwrapped

CUTS = st.lists(st.integers(1, 5), max_size=30)


def told(arguments: str, cuts: list[int]) -> list[str]:
    """What comes of each piece, the first ones of these sizes and then one of the rest; and of the end."""
    unwrapping, said = Unwrapping(), []
    for size in cuts:
        said.append(unwrapping.feed(arguments[:size]))
        arguments = arguments[size:]
    return [*said, unwrapping.feed(arguments), unwrapping.close()]


@given(st.text())
def test_free_text_comes_back_as_it_was(text: str) -> None:
    assert unwrapped(wrapped(text)) == text


@given(st.text(), CUTS, st.booleans(), st.sampled_from([None, 1]))
def test_also_in_pieces_however_it_is_escaped(text: str, cuts: list[int], escaped: bool, indent: int | None) -> None:
    arguments = json.dumps({"input": text, "why": "x"}, ensure_ascii=escaped, indent=indent)
    assert "".join(told(arguments, cuts)) == text


@given(st.text(alphabet='{}[]":, \\uDd83E0ninputx\n', max_size=60), CUTS)
def test_whatever_a_model_says_it_is_told_the_same_in_pieces(said: str, cuts: list[int]) -> None:
    for arguments in (said, f'{{"input":"{said}'):
        assert "".join(told(arguments, cuts)) == unwrapped(arguments)
        unwrapped(arguments).encode()


def test_each_piece_is_told_when_it_comes() -> None:
    pieces = ['{"in', 'put": "', "a", "b\\", 'n"', "c", ' "}']
    unwrapping = Unwrapping()
    assert [unwrapping.feed(piece) for piece in pieces[:4]] == ["", "", "a", "b"]
    assert unwrapping.feed("n") == "\n"


@pytest.mark.parametrize(
    ("said", "text"),
    [("", ""), ("{}", ""), ("plain words", "plain words"), ('{"patch": "x"}', "x"), ('{"input": 1}', '{"input": 1}'),
     ("[1]", "[1]"), ('{"a": "x", "b": "y"}', '{"a": "x", "b": "y"}'), ('{"input": "x", "why": "y"}', "x"),
     (" " * 300, " " * 300), ('{"why": "y", "input": "x"}', "x")],
)  # fmt: skip
def test_a_model_that_did_not_keep_to_the_schema_is_told_as_it_spoke(said: str, text: str) -> None:
    assert unwrapped(said) == text


@pytest.mark.parametrize(
    ("said", "text"),
    [('{"input": "cut', "cut"), ('{"input": "cut\\', "cut"), ('{"input": "cut\\u00', "cut"),
     ('{"input": "x\\ud83d"}', "x\ufffd"), ('{"input": "\\ud83d\\ude00"}', "\U0001f600"),
     ('{"input": "\\ud83d\\n"}', "\ufffd\n"), ('{"input": "\\uzz"}', "\\uzz"), ('{"input": "a\nb"}', "a\nb"),
     ('{"input": "\\ude00x"}', "\ufffdx"), ('{"input": "\\q"}', "q")],
)  # fmt: skip
def test_what_was_cut_or_is_no_json_is_told_as_far_as_it_goes(said: str, text: str) -> None:
    assert unwrapped(said) == text


def test_a_long_text_in_small_pieces_costs_what_it_is_long() -> None:
    unwrapping = Unwrapping()
    unwrapping.feed('{"input":"')
    assert "".join(unwrapping.feed("\\u00e4x") for _ in range(200_000)) == "äx" * 200_000
