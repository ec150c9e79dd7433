"""The plugin: formats for other runtimes, what runs them, and `hyperpose export`."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import CommandSpec, ExporterSpec, RuntimeSpec


@hookimpl
def hyperpose_register_commands() -> Iterable[CommandSpec]:
    """Offer the command."""
    yield CommandSpec(
        name="export",
        target="hyperpose_export.command:command",
        summary="Write a trained model for another runtime, and compare the two.",
        section="Commands for weights",
    )


@hookimpl
def hyperpose_register_exporters() -> Iterable[ExporterSpec]:
    """Offer the formats."""
    for name, module, ending, precisions, runtime, summary in (
        ("saved-model", "saved_model", ".saved_model", 2, "tensorflow", "a folder of TensorFlow's"),
        ("frozen-pb", "frozen", ".pb", 2, "tensorflow", "one graph of TensorFlow's, as constants"),
        ("tflite", "tflite", ".tflite", 3, "litert", "a file of TensorFlow Lite's, now LiteRT"),
        ("onnx", "onnx", ".onnx", 2, "onnxruntime", "a file of ONNX, opset 17"),
    ):
        yield ExporterSpec(
            name=name,
            target=f"hyperpose_export.formats.{module}:write",
            summary=summary,
            ending=ending,
            precisions=("float32", "float16", "int8")[:precisions],
            runtime=runtime,
        )


@hookimpl
def hyperpose_register_runtimes() -> Iterable[RuntimeSpec]:
    """Offer what runs them."""
    for name, file, module, endings, summary in (
        ("onnxruntime", "onnx_runtime", "onnxruntime", (".onnx",), "ONNX Runtime"),
        ("litert", "lite_rt", "ai_edge_litert", (".tflite",), "LiteRT, once TensorFlow Lite"),
        ("openvino", "open_vino", "openvino", (".onnx", ".tflite"), "OpenVINO on the CPU"),
        ("tensorflow", "tensor_flow", "tensorflow", (".saved_model", ".pb"), "TensorFlow itself"),
    ):
        yield RuntimeSpec(
            name=name,
            target=f"hyperpose_export.runtimes.{file}:open_file",
            summary=summary,
            endings=endings,
            module=module,
        )
