"""Forms: fields read, the model's name changed in place, files untouched, nonsense refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.multipart import BadMultipart, Form

TYPE = "multipart/form-data; boundary=xYz"
FILE = bytes(range(256)) * 20 + b'\r\n--xY name="model"\r\n\r\n'


def form(*parts: tuple[str, bytes], boundary: bytes = b"xYz") -> bytes:
    pieces = []
    for name, content in parts:
        filename = '; filename="a.wav"\r\nContent-Type: audio/wav' if name == "file" else ""
        head = f'Content-Disposition: form-data; name="{name}"{filename}\r\n\r\n'.encode()
        pieces.append(b"--" + boundary + b"\r\n" + head + content + b"\r\n")
    return b"".join([*pieces, b"--", boundary, b"--\r\n"])


def test_the_models_name_is_changed_and_nothing_else() -> None:
    raw = form(("file", FILE), ("model", b"public"), ("language", b"de"))
    read = Form(raw, TYPE)
    assert read.fields == {"model": "public", "language": "de"}
    assert read.rewritten({"model": "up"}) == form(("file", FILE), ("model", b"up"), ("language", b"de"))
    assert read.rewritten({}) == raw


def test_a_missing_model_is_added_and_a_dropped_field_is_gone() -> None:
    read = Form(form(("file", FILE), ("api_base", b"http://evil")), TYPE)
    rewritten = Form(read.rewritten({"model": "up"}, {"api_base"}), TYPE)
    assert rewritten.names == ["file", "model"]
    assert rewritten.fields == {"model": "up"}


@pytest.mark.parametrize("boundary", ["xYz", "----WebKitFormBoundary7MA4", "===============12==", "a'b(c)+d"])
def test_boundaries_of_all_clients_are_read(boundary: str) -> None:
    raw = form(("model", b"public"), boundary=boundary.encode())
    assert Form(raw, f'multipart/form-data; boundary="{boundary}"; charset=utf-8').fields == {"model": "public"}
    assert Form(b"preamble\r\n" + raw, f"multipart/form-data; boundary={boundary}").fields == {"model": "public"}


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (b"", TYPE),
        (b"--xYz", TYPE),
        (b"--xYz\r\n\r\n\r\n--xYz--", TYPE),
        (b'--xYz\r\nContent-Disposition: form-data; name="a"\r\n\r\nb', TYPE),
        (b"--xYz\r\nContent-Disposition: form-data\r\n\r\nb\r\n--xYz--", TYPE),
        (form(("model", b"a"), ("model", b"b")), TYPE),
        (form(*[("a", b"b")] * 65), TYPE),
        (form(("a" * 5000, b"b")), TYPE),
        (form(("a", b"b")), "multipart/form-data"),
        (form(("a", b"b")), "multipart/form-data; boundary=other"),
        (form(("a", b"b")), "multipart/form-data; boundary="),
    ],
)
def test_nonsense_is_refused(raw: bytes, content_type: str) -> None:
    with pytest.raises(BadMultipart):
        Form(raw, content_type)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for body in (raw, b"--xYz\r\n" + raw, form(("a", raw))):
        try:
            Form(body, TYPE).rewritten({"model": "up"})
        except BadMultipart:
            continue


@given(st.binary(max_size=400).filter(lambda content: b"--xYz" not in content))
def test_a_files_bytes_arrive_as_they_are(content: bytes) -> None:
    raw = form(("model", b"public"), ("file", content))
    assert Form(raw, TYPE).rewritten({"model": "up"}) == form(("model", b"up"), ("file", content))
