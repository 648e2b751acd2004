"""From a PyTorch sentence encoder to one for a plain CPU: `python -m training.export_encoder`.

The weights of matrices are stored in 4 bits, in blocks of 32 with a scale each, and computed with
in float32; the vectors of tokens in 8 bits, with a scale each. Needs PyTorch, transformers, onnx
and onnxruntime, which neither the project nor who uses the result depends on.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import StancekitError
from stancekit.errors import MissingExtraError
from stancekit.onnx_encoder import GRAPH, TOKENIZER, OnnxEncoder, write_encoder_facts
from training.corpus import read_corpus

__all__ = ["export", "in_few_bits", "main", "trace"]

_OPSET = 17
_BLOCK = 32
# What `MatMulNBits` calls products of whole numbers of 8 bits.
_IN_8_BITS = 4
# Of the project's own passages, for the mean vector.
_EVERY = 5
# No file of the repository is larger.
_MAX_BYTES = 45_000_000
_NEEDED = "exporting needs more: pip install torch transformers onnx onnxruntime"


def export(
    source: Path, output: Path, *, n_layers: int, max_tokens: int, about: dict[str, Any]
) -> None:
    """Write the first layers of an encoder as `OnnxEncoder` reads them.

    A text's vector is the mean of its tokens' less the mean vector of the project's own passages:
    what all texts have in common would fill most of a vector, above all in the middle layers.

    Raises
    ------
    MissingExtraError
        Without one of the packages that it needs.
    """
    try:
        import onnx
    except ImportError:
        raise MissingExtraError(_NEEDED) from None
    output.mkdir(parents=True, exist_ok=True)
    whole = output / "whole.onnx"
    _trace_encoder(source, whole, n_layers)
    model = onnx.load(whole)
    whole.unlink()
    _shrink_tokens(model)
    _save_in_parts(in_few_bits(model, 4), output)
    shutil.copy(source / TOKENIZER, output / TOKENIZER)
    write_encoder_facts(output, max_tokens=max_tokens, about=about)
    texts = [row["text"] for row in read_corpus()[::_EVERY]]
    _centre(output / GRAPH, OnnxEncoder(output).encode(texts).mean(axis=0))
    write_encoder_facts(output, max_tokens=max_tokens, about=about)


def in_few_bits(model: Any, n_bits: int) -> Any:
    """An ONNX model with the weights of its matrices in 4 or 8 bits.

    With 8 bits the states are rounded to 8 bits as well where they meet the weights: it takes less
    time than 4 bits do, and what is lost is a tenth.

    Raises
    ------
    MissingExtraError
        Without onnxruntime.
    """
    try:
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
    except ImportError:
        raise MissingExtraError(_NEEDED) from None
    quantizer = MatMulNBitsQuantizer(
        model,
        block_size=_BLOCK,
        is_symmetric=True,
        bits=n_bits,
        accuracy_level=_IN_8_BITS if n_bits == 8 else None,
    )
    quantizer.process()
    return quantizer.model.model


def trace(module: Any, example: Any, path: Path, inputs: str, output: str) -> None:
    """Write a module of PyTorch as an ONNX model whose second axis of the input has any length."""
    import torch

    torch.onnx.export(
        module,
        (example,),
        str(path),
        input_names=[inputs],
        output_names=[output],
        dynamic_axes={inputs: {1: "n_tokens"}},
        opset_version=_OPSET,
        dynamo=False,
    )


def _trace_encoder(source: Path, path: Path, n_layers: int) -> None:
    import torch
    from transformers import AutoModel

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = AutoModel.from_pretrained(source, attn_implementation="eager")
            self.encoder.encoder.layer = self.encoder.encoder.layer[:n_layers]
            self.requires_grad_(False)

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            hidden = self.encoder(input_ids=tokens, attention_mask=torch.ones_like(tokens))[0]
            return hidden.mean(dim=1)

    trace(Pooled().eval(), torch.arange(5, 25)[None], path, "tokens", "vector")


def _shrink_tokens(model: Any) -> None:
    """The vectors of tokens in 8 bits: looked up, then scaled."""
    from onnx import helper, numpy_helper

    graph = model.graph
    tables = {table.name: table for table in graph.initializer}
    lookup = next(
        node
        for node in graph.node
        if node.op_type == "Gather" and node.input[0] in tables and node.input[1] == "tokens"
    )
    table = tables[lookup.input[0]]
    vectors = numpy_helper.to_array(table)
    scales = np.abs(vectors).max(axis=1, keepdims=True) / 127
    scales[scales == 0] = 1
    small = np.round(vectors / scales).astype(np.int8)
    graph.initializer.remove(table)
    graph.initializer.extend(
        [
            numpy_helper.from_array(small, "tokens.int8"),
            numpy_helper.from_array(scales.astype(np.float32), "tokens.scale"),
        ]
    )
    place = list(graph.node).index(lookup)
    nodes = [
        helper.make_node("Gather", ["tokens.int8", "tokens"], ["tokens.looked_up"], axis=0),
        helper.make_node("Cast", ["tokens.looked_up"], ["tokens.float"], to=1),
        helper.make_node("Gather", ["tokens.scale", "tokens"], ["tokens.scales"], axis=0),
        helper.make_node("Mul", ["tokens.float", "tokens.scales"], [lookup.output[0]]),
    ]
    graph.node.remove(lookup)
    for node in reversed(nodes):
        graph.node.insert(place, node)


def _centre(path: Path, mean: np.ndarray) -> None:
    """Take a vector off the output of a graph."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(path, load_external_data=False)
    output = model.graph.output[0].name
    last = next(node for node in model.graph.node if output in node.output)
    last.output[list(last.output).index(output)] = "uncentred"
    model.graph.initializer.append(numpy_helper.from_array(mean.astype(np.float32), "centre"))
    model.graph.node.append(helper.make_node("Sub", ["uncentred", "centre"], [output]))
    path.write_bytes(model.SerializeToString())


def _save_in_parts(model: Any, output: Path) -> None:
    """The graph, and its weights in files of which none is too large."""
    from onnx import external_data_helper, save_model

    part, size = 1, 0
    for tensor in model.graph.initializer:
        n_bytes = len(tensor.raw_data)
        if n_bytes < 1024:
            continue
        if size + n_bytes > _MAX_BYTES:
            part, size = part + 1, 0
        external_data_helper.set_external_data(tensor, location=f"weights-{part}.bin")
        size += n_bytes
    for old in output.glob("weights-*.bin"):
        old.unlink()
    save_model(model, str(output / GRAPH))


@click.command()
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--layers", "n_layers", default=12, show_default=True, help="The first so many.")
@click.option("--max-tokens", default=128, show_default=True, help="Longer texts are cut.")
@click.option("--name", required=True, help="Of the encoder, for the card.")
@click.option("--licence", required=True, help="Of its weights.")
def main(
    source: Path, output: Path, n_layers: int, max_tokens: int, name: str, licence: str
) -> None:
    """Write the sentence encoder in SOURCE, a sentence-transformers directory, for a plain CPU."""
    about = {"name": name, "licence": licence, "n_layers": n_layers, "weights": "4 bits"}
    try:
        export(source, output, n_layers=n_layers, max_tokens=max_tokens, about=about)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"wrote {output}", err=True)


if __name__ == "__main__":
    main()
