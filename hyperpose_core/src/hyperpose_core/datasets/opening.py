"""Opening: the dataset that a configuration names, a user's own, or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hyperpose_core.config.members import is_combined
from hyperpose_core.contracts import Dataset
from hyperpose_core.datasets.added import with_added
from hyperpose_core.datasets.multiple import open_multiple
from hyperpose_core.datasets.userdef import adapt
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons.choice import USERDEF

if TYPE_CHECKING:
    from hyperpose_core.config import Config
    from hyperpose_core.registry import Registry


def open_dataset(config: Config, registry: Registry) -> Dataset:
    """Open what the group `data` names; errors as `build.get_dataset`."""
    data = config.data
    if is_combined(data):
        dataset = cast(Dataset, open_multiple(config, registry, open_dataset))
    elif data.userdef_dataset is not None:
        dataset = cast(Dataset, adapt(data.userdef_dataset, config))
    elif data.type == USERDEF:
        raise ConfigError(
            "data.type is USERDEF and there is no data.userdef_dataset: a dataset of your own "
            "cannot be read back from a file; give it again with Config.set_userdef_dataset"
        )
    else:
        dataset = cast(Dataset, registry.make("dataset", data.type, data))
    return with_added(dataset, data.added, data.official)
