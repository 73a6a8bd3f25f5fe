from tests.llmproxy.simulator.asking import ask


async def test_it_lists_its_models() -> None:
    answer = await ask("models", method="GET")
    names = [each["id"] for each in answer.json()["data"]]
    assert names[0] == "simulator-chat"
    assert (await ask(f"models/{names[0]}", method="GET")).json()["id"] == names[0]


async def test_what_is_not_there_is_404() -> None:
    assert (await ask("models/other", method="GET")).status == 404
    assert (await ask("files")).status == 404


async def test_another_method_is_405() -> None:
    answer = await ask("chat/completions", method="GET")
    assert (answer.status, answer.headers[b"allow"]) == (405, b"POST")
