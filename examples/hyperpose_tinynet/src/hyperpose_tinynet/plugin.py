"""The plugin: one model, TinyNet."""

from hyperpose_core import ModelSpec, hookimpl


@hookimpl
def hyperpose_register_models():
    yield ModelSpec(
        name="TinyNet",
        target="hyperpose_tinynet.model:TinyNet",
        summary="two layers on a backbone",
        family="openpose",
        default_backbone="MobilenetV1",
        stride=8,
        skeletons={"coco": "hyperpose_tinynet.model:BODY"},
    )
