"""The plugin `domainadapt`: one objective, domain-adaptation."""

from __future__ import annotations

from collections.abc import Iterable

from hyperpose_core.hookspecs import hookimpl
from hyperpose_core.specs import ObjectiveSpec


@hookimpl
def hyperpose_register_train_objectives() -> Iterable[ObjectiveSpec]:
    """Offer domain adaptation."""
    yield ObjectiveSpec(
        name="domain-adaptation",
        target="hyperpose_domainadapt.objective:DomainAdaptation",
        summary="features that do not tell annotated from unlabelled images (arXiv 1505.07818)",
    )
