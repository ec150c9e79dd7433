"""The facade of 2021: names to choose from, setters, snapshots, and building from them."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from hyperpose import Config, Dataset, Model
from hyperpose_coco.skeleton import COCO
from hyperpose_core import build
from hyperpose_core.config import Config as Settings
from hyperpose_core.config import DataConfig, ModelConfig
from hyperpose_core.errors import (
    ConfigError,
    InputError,
    PluginError,
    UnknownComponentError,
)
from hyperpose_core.plugins import missing
from hyperpose_core.registry import get_registry
from hyperpose_core.skeletons import Skeleton
from hyperpose_mpii.skeleton import MPII

THEIRS = """
import numpy as np
from hyperpose_core import (
    BackboneSpec, DatasetSpec, Human, ModelSpec, PostprocessorSpec, PreprocessorSpec, Skeleton,
    StrategySpec, VisualizerSpec, hookimpl,
)

HERE = "hyperpose_theirs_plugin"
SKELETON = Skeleton("their-coco", ("nose", "neck", "left_eye"), ((0, 1),),
                    derived={"neck": ("left_shoulder", "right_shoulder")})
EVENTS = []


class Net:
    def __init__(self, *, skeleton, backbone, config):
        self.skeleton, self.config = skeleton, config
        self.features = backbone(stride=4) if backbone else None

    def forward(self, x, is_train=False):
        return (x,)


class Dataset:
    skeleton = Skeleton("their-points", ("a", "b"))

    def __init__(self, config):
        self.config = config


class Encoder:
    def __init__(self, *, skeleton, input_size, stride, options):
        self.skeleton, self.size, self.stride = skeleton, input_size, stride

    def encode(self, keypoints, boxes, mask):
        w, h = self.size[0] // self.stride, self.size[1] // self.stride
        first = np.zeros((h, w, 2), np.float32)
        first[0, 0] = keypoints[0, 0, :2]
        second = np.zeros((h, w, 4), np.float32)
        second[0, 0] = boxes[0]
        return {"first": first, "second": second, "mask": mask}


class Decoder:
    def __init__(self, *, skeleton, stride, options):
        self.skeleton = skeleton

    def __call__(self, outputs):
        points = np.zeros((len(self.skeleton), 3), np.float32)
        points[:, :2] = [output.shape[-1] for output in outputs]
        return [Human(points, 1.0, self.skeleton)]


def draw(image, maps, skeleton):
    return np.concatenate([image, np.full_like(image, len(maps))])


def backbone(stride):
    return ("features", stride)


def start(config):
    import sys
    EVENTS.append("tensorlayer" in sys.modules)
    return object()


@hookimpl
def hyperpose_register_models():
    return [
        ModelSpec(name="TheirNet", target=f"{HERE}:Net", family="theirs", stride=4,
                  default_backbone="TheirBack", aliases=("TN",),
                  skeletons={"coco": f"{HERE}:SKELETON"}),
        ModelSpec(name="BareNet", target=f"{HERE}:Net", family="theirs", stride=4,
                  skeletons={"coco": f"{HERE}:SKELETON.missing"}),
    ]


@hookimpl
def hyperpose_register_backbones():
    return [BackboneSpec(name="TheirBack", target=f"{HERE}:backbone")]


@hookimpl
def hyperpose_register_datasets():
    return [
        DatasetSpec(name="TheirData", target=f"{HERE}:Dataset", skeleton="coco",
                    versions=("coco", "mpii")),
        DatasetSpec(name="TheirPoints", target=f"{HERE}:Dataset", skeleton="their-points"),
    ]


@hookimpl
def hyperpose_register_preprocessors():
    return [PreprocessorSpec(name="theirs", family="theirs", target=f"{HERE}:Encoder")]


@hookimpl
def hyperpose_register_postprocessors():
    return [PostprocessorSpec(name="theirs", family="theirs", target=f"{HERE}:Decoder")]


@hookimpl
def hyperpose_register_visualizers():
    return [VisualizerSpec(name="theirs", family="theirs", target=f"{HERE}:draw")]


@hookimpl
def hyperpose_register_train_strategies():
    return [StrategySpec(name="Their_train", target=f"{HERE}:start")]
"""


@pytest.fixture(autouse=True)
def fresh():
    Config.reset()
    get_registry.cache_clear()
    yield
    Config.reset()
    get_registry.cache_clear()


@pytest.fixture
def theirs(install_plugin):
    install_plugin("theirs", THEIRS)
    get_registry.cache_clear()


class OwnNet:
    """What a user writes: the methods of a model, and the configuration as the only argument."""

    def __init__(self, config):
        self.config = config

    def forward(self, x, is_train=False):
        return (x,)

    def cal_loss(self, **tensors):
        return 0.0


class OwnData:
    def __init__(self, config=None):
        self.config = config

    def train_samples(self):
        return []


def test_importing_the_facade_imports_nothing_heavy():
    heavy = ["tensorflow", "tensorlayer", "cv2", "pycocotools", "matplotlib"]
    code = f"""
import sys
from hyperpose import Config, Model, Dataset
list(Config.MODEL), list(Config.DATA), list(Config.TRAIN), repr(Config.BACKBONE)
Config.set_train_type(Config.TRAIN.Single_train)
Config.get_config()
print([m for m in {heavy} if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_facade_is_a_module_that_runs_the_command_line():
    done = [
        subprocess.run([sys.executable, "-m", name, "--help"], capture_output=True, text=True)
        for name in ("hyperpose", "hyperpose_core")
    ]
    assert done[0].returncode == 0, done[0].stderr
    assert "list-plugins" in done[0].stdout
    assert done[0].stdout == done[1].stdout


@pytest.mark.usefixtures("theirs")
def test_an_installed_model_is_a_member():
    member = Config.MODEL.TheirNet
    assert member == "TheirNet"
    assert (member.name, member.value, repr(member)) == ("TheirNet", "TheirNet", "<MODEL.TheirNet>")
    assert "TheirNet" in Config.MODEL
    assert member in list(Config.MODEL)
    assert member in Config.MODEL
    assert len(Config.MODEL) == len(list(Config.MODEL)) == len(get_registry().names("model"))
    assert "TheirNet" in dir(Config.MODEL)
    assert "TheirNet" in repr(Config.MODEL)
    assert {member: 1}["TheirNet"] == 1
    Config.set_model_type(member)
    assert type(Config.get_config().model.type) is str


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("spelling", ["theirnet", "Their_Net", "THEIRNET", "TN"])
def test_other_spellings_are_the_same_member(spelling):
    assert getattr(Config.MODEL, spelling) == Config.MODEL[spelling] == Config.MODEL.TheirNet
    assert spelling in Config.MODEL
    Config.set_model_type(spelling)
    assert Config.get_config().model.type == "TheirNet"


def test_members_can_be_copied_and_pickled():
    member = Config.KUNGFU.Sync_avg
    for same in (copy.deepcopy(member), pickle.loads(pickle.dumps(member))):  # noqa: S301
        assert same == member
        assert repr(same) == "<KUNGFU.Sync_avg>"


def test_fixed_sets_are_those_of_2021():
    assert list(Config.KUNGFU) == ["Sync_sgd", "Sync_avg", "Pair_avg"]
    assert {"Adam", "RMSprop", "SGD"} <= set(Config.OPTIM)
    assert {Config.DATA.USERDEF, Config.DATA.MULTIPLE} <= set(Config.DATA)
    assert Config.BACKBONE.Default in Config.BACKBONE
    assert Config.TRAIN.Single_train in Config.TRAIN


@pytest.mark.parametrize("error", [UnknownComponentError, AttributeError, KeyError])
def test_a_member_that_is_not_there_is_an_error_of_every_sort(error):
    with pytest.raises(error, match=r"has no 'Sync_xyz'.*there are Sync_sgd"):
        Config.KUNGFU.Sync_xyz  # noqa: B018
    with pytest.raises(error, match="unknown model 'NoSuchNet'"):
        Config.MODEL["NoSuchNet"]
    with pytest.raises(error, match="chosen by its name"):
        Config.MODEL[5]
    assert not hasattr(Config.MODEL, "NoSuchNet")
    assert "NoSuchNet" not in Config.MODEL
    assert 5 not in Config.MODEL


def test_a_member_of_a_plugin_that_is_switched_off_says_so(install_plugin, monkeypatch):
    install_plugin("openpose", "")
    monkeypatch.setenv("HYPERPOSE_DISABLED_PLUGINS", "openpose")
    off = "hyperpose-openpose is installed, and HYPERPOSE_DISABLED_PLUGINS keeps it out"
    with pytest.raises(UnknownComponentError, match=off):
        Config.MODEL.Openpose  # noqa: B018
    with pytest.raises(UnknownComponentError, match=off):
        Config.set_model_type("Openpose")


def test_a_member_of_a_plugin_that_is_not_installed_says_what_to_install(monkeypatch):
    monkeypatch.setattr(missing, "entries", list)
    monkeypatch.setenv("HYPERPOSE_PLUGINS", "core")
    with pytest.raises(UnknownComponentError, match="`pip install hyperpose-openpose` brings it"):
        Config.MODEL.Openpose  # noqa: B018
    with pytest.raises(UnknownComponentError, match="`pip install hyperpose-openpose` brings it"):
        Config.set_model_type("Openpose")


def test_a_model_of_two_plugins_is_a_member_that_cannot_be_used_before_one_is_chosen(
    install_plugin,
):
    for name in ("one", "two"):
        install_plugin(name, THEIRS.replace("hyperpose_theirs_plugin", f"hyperpose_{name}_plugin"))
    get_registry.cache_clear()
    member = Config.MODEL.TheirNet
    with pytest.raises(PluginError, match=r"one/TheirNet.*two/TheirNet"):
        Config.set_model_type(member)
    Config.set_model_type(Config.MODEL["two/TheirNet"])
    assert Config.get_config().model.type == "two/TheirNet"
    assert {"one/TheirNet", "two/TheirNet"} <= set(Config.MODEL)


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("setter", "value", "key", "result"),
    [
        ("set_model_name", "my_run", "model.name", "my_run"),
        ("set_model_type", "theirnet", "model.type", "TheirNet"),
        ("set_model_backbone", "theirback", "model.backbone", "TheirBack"),
        ("set_model_backbone", "Default", "model.backbone", None),
        ("set_model_arch", OwnNet, "model.arch", OwnNet),
        ("set_pretrain", Path("a.npz"), "model.backbone_weights", "a.npz"),
        ("set_data_format", "channels_first", "model.data_format", "channels_first"),
        ("set_dataset_type", "their_data", "data.type", "TheirData"),
        ("set_dataset_type", OwnData, "data.userdef_dataset", OwnData),
        ("set_dataset_path", Path("data") / "here", "data.path", str(Path("data") / "here")),
        ("set_dataset_version", "2017", "data.version", "2017"),
        ("set_dataset_filter", len, "data.filter", len),
        ("set_userdef_dataset", OwnData, "data.userdef_dataset", OwnData),
        ("set_train_type", "their-train", "train.type", "Their_train"),
        ("set_kungfu_option", "pair_avg", "train.kungfu_option", "Pair_avg"),
        ("set_optim_type", "SGD", "train.optimizer", "SGD"),
        ("set_learning_rate", 1, "train.learning_rate", 1.0),
        ("set_batch_size", 3, "train.batch_size", 3),
        ("set_n_step", 7, "train.steps", 7),
        ("set_log_interval", 5, "log.interval", 5),
        ("set_save_interval", 9, "train.save_interval", 9),
        ("set_vis_interval", 8, "train.vis_interval", 8),
        ("set_official_dataset", 0, "data.official", False),
        ("set_custom_parts", ["a", "b"], "model.skeleton", Skeleton("own", ("a", "b"))),
    ],
)
def test_every_setter_reaches_the_configuration(setter, value, key, result):
    group, _, name = key.partition(".")
    Config.set_model_backbone("TheirBack")
    getattr(Config, setter)(value)
    assert getattr(getattr(Config.get_config(), group), name) == result
    Config.reset()
    assert Config.get_config() == Settings()


SETTERS = [name for name in Config.__all__ if name.startswith("set_") and name != "set_option"]


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("setter", SETTERS)
def test_none_is_the_default_in_every_setter(setter):
    """Scripts of 2021 call setters with what an argument parser has when nothing was given."""
    getattr(Config, setter)(None)
    assert Config.get_config() == Settings()
    given = {
        **{"set_model_name": "other", "set_model_type": "TheirNet", "set_dataset_type": OwnData},
        **{"set_model_backbone": "TheirBack", "set_train_type": "Their_train"},
        **{"set_optim_type": "SGD", "set_kungfu_option": "Pair_avg", "set_model_skeleton": MPII},
        **{"set_data_format": "channels_first", "set_learning_rate": 0.5, "set_model_arch": OwnNet},
        **{"set_pretrain": "a.npz", "set_official_dataset": 0, "set_dataset_filters": ["no-crowd"]},
        **{"set_dataset_path": "a", "set_dataset_version": "a", "set_pretrain_dataset_path": "a"},
        **{"set_dataset_filter": len, "set_userdef_dataset": OwnData},
        **{"set_model_parts": ["a", "b"], "set_custom_parts": ["a", "b"]},
        "set_multiple_dataset": [{"type": "TheirData"}],
    }
    if setter in given or setter.endswith(("_interval", "_size", "_step")):
        getattr(Config, setter)(given.get(setter, 7))
        assert Config._state.settings() != Settings(), "the value is another than the default"
        getattr(Config, setter)(None)
        assert Config.get_config() == Settings()


@pytest.mark.parametrize(("number", "flag"), [(1, True), (0, False), (np.int64(0), False)])
def test_numbers_are_flags(number, flag):
    Config.set_official_dataset(number)
    assert Config.get_config().data.official is flag
    with pytest.raises(ConfigError, match="true or false"):
        Config.set_official_dataset(2)


def test_a_pretrained_backbone_is_imagenets_unless_there_are_images_to_pretrain_on(capsys):
    Config.set_pretrain("backbone.npz")
    Config.set_pretrain(True)
    assert Config.get_config().model.backbone_weights == "imagenet"
    assert capsys.readouterr().err == ""
    Config.set_pretrain_dataset_path("images")
    assert Config.get_config().model.backbone_weights is None
    assert "write Config.set_pretrain('save_dir/" in capsys.readouterr().err
    Config.set_pretrain("imagenet")  # said in words it is meant for the pretraining, too
    assert Config.get_config().model.backbone_weights == "imagenet"
    Config.set_pretrain_dataset_path(None)
    Config.set_pretrain(0)
    assert Config.get_config() == Settings()
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("theirs")
def test_a_version_is_left_out_for_a_dataset_that_has_one_only(capsys):
    """The scripts of 2021 give COCO's default version to every dataset."""
    for name, expected in (("TheirData", "2017"), ("TheirPoints", None)):
        Config.set_dataset_version("2017")
        Config.set_dataset_type(name)
        assert Config.get_config().data.version == expected
        said = capsys.readouterr().err
        assert ("TheirPoints has one version only: '2017' is left out" in said) != bool(expected)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("data.rotation", 10.0),
        ("data.flip", 0.0),
        ("data.scale", (0.9, 1.1)),
        ("train.schedule", "step"),
        ("train.weight_decay", 0.5),
        ("train.decay_factor", 0.9),
        ("train.warmup_steps", 3),
        ("eval.flip", True),
        ("eval.scales", [0.5, 1.0]),
    ],
)
def test_any_other_setting_is_set_by_its_key(key, value):
    Config.set_option(key, value)
    group, _, name = key.partition(".")
    config = Config.get_config()
    assert getattr(getattr(config, group), name) == value
    assert config != Settings()
    with pytest.raises(ConfigError, match="did you mean"):
        Config.set_option(f"{key}s", value)


@pytest.mark.parametrize(
    ("setter", "value", "error"),
    [
        ("set_model_type", "NoSuchNet", UnknownComponentError),
        ("set_model_type", 3, UnknownComponentError),
        ("set_model_backbone", "NoSuchNet", UnknownComponentError),
        ("set_dataset_type", "NoSuchData", UnknownComponentError),
        ("set_dataset_type", 3, ConfigError),
        ("set_dataset_type", "USERDEF", ConfigError),
        ("set_dataset_type", "MULTIPLE", ConfigError),
        ("set_train_type", "NoSuchTrain", UnknownComponentError),
        ("set_optim_type", "Adma", UnknownComponentError),
        ("set_kungfu_option", "Sma", ConfigError),
        ("set_data_format", "NCHW", ConfigError),
        ("set_batch_size", 0, ConfigError),
        ("set_learning_rate", "high", ConfigError),
        ("set_dataset_filter", "keep", ConfigError),
        ("set_model_arch", 3, ConfigError),
    ],
)
def test_setters_check_at_once_and_change_nothing(setter, value, error):
    with pytest.raises(error):
        getattr(Config, setter)(value)
    assert Config.get_config() == Settings()


def test_a_snapshot_is_not_changed_by_later_setters():
    data = OwnData()
    Config.set_userdef_dataset(data)
    Config.set_option("model.options", {"a": [1]})
    before = Config.get_config()
    Config.set_batch_size(before.train.batch_size + 1)
    Config.set_option("model.options.a", [2])
    assert before.model.options == {"a": [1]}
    assert Config.get_config().train.batch_size == before.train.batch_size + 1
    before.train.steps = 123456
    assert Config.get_config().train.steps != 123456
    assert before.data.userdef_dataset is data


@pytest.mark.usefixtures("theirs")
def test_the_dataset_that_was_set_last_is_used():
    Config.set_userdef_dataset(OwnData)
    assert Config.get_config().data.type == "USERDEF"
    Config.set_dataset_type("TheirData")
    dataset = Dataset.get_dataset(Config.get_config())
    assert type(dataset).__module__ == "hyperpose_theirs_plugin"
    assert dataset.config.type == "TheirData"


def test_a_dataset_that_was_not_written_to_the_run_has_to_be_given_again():
    with pytest.raises(ConfigError, match="set_userdef_dataset"):
        build.get_dataset(Settings(data=DataConfig(type="USERDEF")))


def test_filters_see_the_samples_of_the_datasets(monkeypatch):
    package = types.ModuleType("hyperpose_coco.meta")
    package.COCOMeta = object()
    monkeypatch.setitem(sys.modules, "hyperpose_coco", types.ModuleType("hyperpose_coco"))
    monkeypatch.setitem(sys.modules, "hyperpose_coco.meta", package)
    monkeypatch.setitem(sys.modules, "hyperpose_mpii", None)
    monkeypatch.setitem(sys.modules, "hyperpose_mpii.meta", None)
    assert Dataset.COCOMeta is package.COCOMeta
    with pytest.raises(PluginError, match="pip install hyperpose-mpii"):
        Dataset.MPIIMeta  # noqa: B018
    with pytest.raises(AttributeError, match="NoSuchMeta"):
        Dataset.NoSuchMeta  # noqa: B018


@pytest.mark.usefixtures("theirs")
def test_a_model_is_built_with_the_skeleton_and_backbone_of_the_configuration():
    Config.set_model_type("TheirNet")
    Config.set_dataset_type("TheirData")
    config = Config.get_config()
    model = Model.get_model(config)
    assert model.skeleton.name == "their-coco"
    assert model.features == ("features", 4)
    assert model.config.skeleton == model.skeleton
    assert config.model.skeleton is None
    Config.set_model_type("BareNet")
    Config.set_option("model.skeleton", MPII)
    model = Model.get_model(Config.get_config())
    assert (model.skeleton, model.features) == (MPII, None)


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("model", "data", "expected"),
    [
        ("TheirNet", {"type": "TheirData"}, "their-coco"),
        ("TheirNet", {"type": "TheirPoints"}, "their-points"),
        ("TheirNet", {"userdef_dataset": OwnData}, "their-coco"),
        ("TheirNet", {"type": "USERDEF"}, "their-coco"),
    ],
)
def test_the_skeleton_is_the_models_for_the_dataset_else_the_datasets(model, data, expected):
    config = Settings(model=ModelConfig(type=model), data=DataConfig(**data))
    assert build.resolve_skeleton(config).name == expected


@pytest.mark.usefixtures("theirs")
def test_the_skeleton_of_a_users_dataset_is_used():
    dataset = OwnData()
    dataset.skeleton = Skeleton("farm", ("horn", "hoof"))
    config = Settings(model=ModelConfig(type="TheirNet"), data=DataConfig(userdef_dataset=dataset))
    assert build.resolve_skeleton(config) is dataset.skeleton
    dataset.skeleton = COCO
    assert build.resolve_skeleton(config).name == "their-coco"


@pytest.mark.usefixtures("theirs")
def test_a_skeleton_that_a_plugin_names_wrongly_is_its_error():
    config = Settings(model=ModelConfig(type="BareNet"), data=DataConfig(type="TheirData"))
    with pytest.raises(PluginError, match=r"plugin:SKELETON\.missing of the model BareNet"):
        build.resolve_skeleton(config)


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("size", "near"),
    [((370, 368), "368x368 or 372x368"), ((3, 5), "4x4 or 4x8"), ((2, 2), "nearest are 4x4")],
)
def test_an_input_size_that_the_stride_does_not_divide_names_the_nearest(size, near):
    config = Settings(
        model=ModelConfig(type="TheirNet", input_size=size), data=DataConfig(type="TheirData")
    )
    with pytest.raises(InputError, match=near):
        build.get_model(config)


@pytest.mark.usefixtures("theirs")
def test_a_users_architecture_gets_the_configuration_with_the_skeleton():
    Config.set_model_type("TheirNet")
    Config.set_dataset_type("TheirData")
    Config.set_model_arch(OwnNet)
    model = Model.get_model(Config.get_config())
    assert isinstance(model, OwnNet)
    assert model.config.model.skeleton.name == "their-coco"
    ready = OwnNet(None)
    Config.set_model_arch(ready)
    assert Model.get_model(Config.get_config()) is ready
    Config.set_model_arch(lambda config: OwnData())
    with pytest.raises(ConfigError, match=r"OwnData of model\.arch has no forward and no cal_loss"):
        Model.get_model(Config.get_config())


@pytest.mark.usefixtures("theirs")
def test_the_seed_decides_the_initial_weights():
    import tensorflow as tf

    class Random(OwnNet):
        def __init__(self, config):
            self.weights = tf.random.normal([3]).numpy().tolist()

    Config.set_model_type("TheirNet")
    Config.set_dataset_type("TheirData")
    Config.set_model_arch(Random)
    drawn = []
    for seed in (1, 2, 1):
        Config.set_option("train.seed", seed)
        drawn.append(Model.get_model(Config.get_config()).weights)
    assert drawn[0] == drawn[2] != drawn[1]


def test_the_strategy_starts_before_tensorlayer_is_imported(install_plugin):
    install_plugin("theirs", THEIRS)
    code = """
from hyperpose import Config, Model
Config.set_model_type("TheirNet")
Config.set_dataset_type("TheirData")
Config.set_train_type("Their_train")
Model.get_model(Config.get_config())
import hyperpose_theirs_plugin
print(hyperpose_theirs_plugin.EVENTS)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[False]"


PERSON = [[10 * i + 3.0, 20.0] for i in range(17)]


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_preprocess_gives_the_targets_in_the_familys_order(data_format):
    preprocess = Model.get_preprocess(Config.MODEL.TheirNet)
    targets = preprocess([PERSON], 100, 200, 10, 15, Config.DATA.TheirData, data_format)
    if data_format == "channels_first":
        assert [target.shape for target in targets] == [(2, 10, 15), (4, 10, 15)]
        targets = [target.transpose(1, 2, 0) for target in targets]
    first, second = targets
    # The nose (3, 20) of a 200x100 image, in the 60x40 input: pixel centres keep their places.
    assert first[0, 0] == pytest.approx([3.5 * 0.3 - 0.5, 20.5 * 0.4 - 0.5])
    # nose, left eye and the neck between the shoulders: x from 3 to 58
    assert second[0, 0, 2:] == pytest.approx([(53 + 63) / 2 * 0.3 - 3 * 0.3, 0.0])


@pytest.mark.usefixtures("theirs")
def test_preprocess_knows_what_is_not_annotated():
    preprocess = Model.get_preprocess("TheirNet")
    hidden = [[-1000, -1000] if i in (5, 6) else point for i, point in enumerate(PERSON)]
    spoken = [[x, y, 0 if i in (5, 6) else 2] for i, (x, y) in enumerate(PERSON)]
    own = [[3, 20], [-1, -1], [13, 20]]
    for person in (hidden, spoken, own):
        _, boxes = preprocess([person], 100, 200, 10, 15, "TheirData", "channels_last")
        assert boxes[0, 0] == pytest.approx([3.5 * 0.3 - 0.5, 20.5 * 0.4 - 0.5, 3, 0], abs=1e-5)


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("annos", [[[[1, 2]] * 5], [[1, 2, 3]], ["person"], [[[1, 2], [3]]]])
def test_preprocess_says_what_a_person_is(annos):
    with pytest.raises(InputError, match="a person is a list of keypoints"):
        Model.get_preprocess("TheirNet")(annos, 100, 200, 10, 15, "TheirData")
    with pytest.raises(InputError, match="data_format must be"):
        Model.get_preprocess("TheirNet")([PERSON], 9, 9, 10, 15, "TheirData", "NCHW")


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("shapes", "data_format"),
    [
        ([(7, 8, 3), (7, 8, 5)], None),
        ([(3, 7, 8), (5, 7, 8)], None),
        ([(1, 7, 8, 3), (1, 7, 8, 5)], None),
        ([(1, 3, 7, 8), (1, 5, 7, 8)], "channels_first"),
        ([(7, 8, 3), (7, 8, 5)], "channels_last"),
    ],
)
def test_postprocess_takes_the_maps_in_either_layout(shapes, data_format):
    postprocess = Model.get_postprocess(Config.MODEL.TheirNet)
    maps = [np.zeros(shape) for shape in shapes]
    # The fake decoder writes the number of channels of the two maps as x and y.
    for humans in (
        postprocess(*maps, Config.DATA.TheirData, data_format=data_format),
        postprocess(*maps, dataset_type="TheirData", data_format=data_format),
    ):
        assert humans[0].keypoints[0].tolist() == [3, 5, 0]
        assert humans[0].skeleton.name == "their-coco"


@pytest.mark.usefixtures("theirs")
def test_postprocess_takes_one_image_and_a_dataset():
    postprocess = Model.get_postprocess("TheirNet")
    # Shapes that fit both layouts are of the program's own, channels_last.
    humans = postprocess(np.zeros((7, 8, 3)), np.zeros((7, 8, 3)), "TheirData")
    assert humans[0].keypoints[0].tolist() == [3, 3, 0]
    with pytest.raises(InputError, match=r"Config\.DATA\.COCO"):
        postprocess(np.zeros((7, 8, 3)), np.zeros((7, 8, 5)))
    with pytest.raises(InputError, match="one by one"):
        postprocess(np.zeros((2, 7, 8, 3)), np.zeros((2, 7, 8, 5)), "TheirData")


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize("channels_first", [True, False])
def test_visualize_writes_a_picture(tmp_path, channels_first):
    import cv2

    image = np.zeros((6, 9, 3))
    image[..., 0] = 1.0
    given = image.transpose(2, 0, 1) if channels_first else image
    visualize = Model.get_visualize(Config.MODEL.TheirNet)
    maps = [np.zeros((3, 7, 8)), np.zeros((5, 7, 8))]
    path = visualize(given, *maps, save_name="my_visual", save_dir=tmp_path / "new")
    assert path == tmp_path / "new" / "my_visual_visualize.png"
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    assert picture.shape == (12, 9, 3)
    assert picture[0, 0].tolist() == [255, 0, 0]
    assert (picture[6:] == 2).all()
