"""Writes a tiny language model in GGUF with random weights: `python make_model.py FILE`. Nothing is downloaded."""

import sys

import gguf
import numpy as np

WIDTH, HEADS, LAYERS, HIDDEN, CONTEXT = 64, 4, 2, 128, 2048
SPECIAL = ("<unk>", "<s>", "</s>")
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


def add_vocabulary(writer: gguf.GGUFWriter) -> int:
    """One token a byte, as SentencePiece falls back to, and a few letters; the number of tokens."""
    kinds = gguf.TokenType
    tokens = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *"▁abcdefghijklmnopqrstuvwxyz"]
    types = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * 256]
    types += [kinds.NORMAL] * (len(tokens) - len(types))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * 3 + [-1e3] * 256 + [-1.0] * (len(tokens) - 259))
    writer.add_token_types(types)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(TEMPLATE)
    return len(tokens)


def tensors(vocabulary: int) -> dict[str, np.ndarray]:
    """The weights by their names in GGUF, the same at every run."""
    random = np.random.default_rng(20261128)

    def weights(*shape: int) -> np.ndarray:
        return random.normal(0, 0.2, shape).astype(np.float32)

    found = {
        "token_embd.weight": weights(vocabulary, WIDTH),
        "output.weight": weights(vocabulary, WIDTH),
        "output_norm.weight": np.ones(WIDTH, np.float32),
    }
    for layer in range(LAYERS):
        place = f"blk.{layer}"
        found |= {f"{place}.{name}_norm.weight": np.ones(WIDTH, np.float32) for name in ("attn", "ffn")}
        found |= {f"{place}.attn_{name}.weight": weights(WIDTH, WIDTH) for name in ("q", "k", "v", "output")}
        found |= {f"{place}.ffn_{name}.weight": weights(HIDDEN, WIDTH) for name in ("gate", "up")}
        found[f"{place}.ffn_down.weight"] = weights(WIDTH, HIDDEN)
    return found


def main(path: str) -> None:
    """Write the file."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    for name, tensor in tensors(add_vocabulary(writer)).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main(sys.argv[1])
