"""What a wire cannot say is refused under the client's own name for it."""

import pytest

from llmproxy.wires.canonical.content import Message, Role, Text
from llmproxy.wires.canonical.errors import UnsupportedParameter
from llmproxy.wires.canonical.request import Request

HI = (Message(Role.USER, (Text("hi"),)),)


def test_what_is_not_set_is_not_refused() -> None:
    Request(HI, system=(Text("be brief"),), stream=True, left_out=("user",)).only(frozenset())


@pytest.mark.parametrize(("field", "value"), [("seed", 0), ("temperature", 0.0), ("parallel_tool_calls", False)])
def test_what_is_set_is_refused_by_the_clients_name(field: str, value: object) -> None:
    request = Request(HI, names={field: "theirs"}, **{field: value})  # type: ignore[arg-type]
    with pytest.raises(UnsupportedParameter, match=r"^theirs ") as refused:
        request.only(frozenset())
    assert refused.value.param == "theirs"
    request.only(frozenset({field}))
