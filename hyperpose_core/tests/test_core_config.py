"""Settings: types, ranges, texts, files, precedence, copies, and the way to JSON and back."""

from __future__ import annotations

import datetime
import functools
import json
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hyperpose_core.config import (
    Config,
    DataConfig,
    ModelConfig,
    TrainConfig,
    from_dict,
    load_config,
    load_run_config,
    not_restored,
    parse_option,
    resolve_config,
    set_option,
    settings,
    snapshot,
    to_dict,
    update,
)
from hyperpose_core.config.calls import Call, OptimizerCall
from hyperpose_core.config.options import setting_type
from hyperpose_core.config.serial import is_python_only
from hyperpose_core.errors import ConfigError
from hyperpose_core.skeletons import Skeleton

# The machine may be busy: how long an example takes is not what these tests are about.
RELAXED = hypothesis_settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
SKELETON = Skeleton("own", ("head", "tail"), ((0, 1),), (0.1, 0.2), {"tail": ("head",)})


def get(config: Config, key: str) -> object:
    group, _, name = key.partition(".")
    return getattr(getattr(config, group), name)


def by_text(text: str) -> Config:
    return resolve_config(sets=[text])


def keep(sample: object) -> bool:
    return sample is not None


class Net:
    def forward(self, x, is_train=False):
        return (x,)


class People:
    def train_samples(self):
        return []


def test_reading_settings_imports_nothing_heavy():
    heavy = ["tensorflow", "tensorlayer", "cv2", "pycocotools", "matplotlib"]
    code = f"import sys, hyperpose_core.config; print([m for m in {heavy} if m in sys.modules])"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "[]"


def test_what_only_python_can_hold_is_known_by_its_type():
    found = {key for key in settings() if is_python_only(setting_type(key))}
    own = {"filter", "augmentation", "userdef_dataset", "added"}
    assert found == {"model.arch", *(f"data.{name}" for name in own)}


@pytest.mark.parametrize("key", sorted(settings()))
def test_every_default_is_allowed_and_can_be_written_as_text(key):
    default = get(Config(), key)
    config = Config()
    set_option(config, key, default)
    assert get(config, key) == default
    if not is_python_only(setting_type(key)) and default is not None:
        text = default if isinstance(default, str) else json.dumps(default)
        text = "{}" if default == {} else text
        set_option(config, *parse_option(f"{key} = {text}"))
        assert get(config, key) == default
        assert type(get(config, key)) is type(default)


@pytest.mark.parametrize(
    ("key", "value", "result"),
    [
        ("model.input_size", [432, 368], (432, 368)),
        ("model.input_size", "432x368", (432, 368)),
        ("model.input_size", (np.int64(8), 16), (8, 16)),
        ("model.width", 2, 2.0),
        ("model.backbone", "None", None),
        ("model.stages", None, None),
        ("train.batch_size", np.int32(4), 4),
        ("train.learning_rate", np.float64(0.5), 0.5),
        ("train.optimizer", "ADAM", OptimizerCall("ADAM")),
        ("train.optimizer", {"name": "sgd", "momentum": 0.5}, OptimizerCall("sgd(momentum=0.5)")),
        ("data.path", Path("some/where"), "some/where"),
        ("data.scale", [1, 2], (1.0, 2.0)),
        ("eval.scales", (1, 2), [1.0, 2.0]),
        ("data.options", {"a": (1, [2.5, "x", None])}, {"a": [1, [2.5, "x", None]]}),
        ("model.skeleton", {"name": "s", "keypoints": ["a", "b"], "limbs": [[0, 1]]}, None),
    ],
)
def test_values_come_out_in_the_type_of_the_setting(key, value, result):
    config = Config()
    set_option(config, key, value)
    if key == "model.skeleton":
        result = Skeleton("s", ("a", "b"), ((0, 1),))
    assert get(config, key) == result
    assert type(get(config, key)) is type(result)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("train.steps", -1, "0 or more"),
        ("train.steps", 1.0, "an integer"),
        ("train.steps", "10", "an integer"),
        ("train.batch_size", 0, "1 or more"),
        ("train.batch_size", True, "an integer"),
        ("train.batch_size", None, "an integer"),
        ("train.learning_rate", "fast", "a number"),
        ("train.learning_rate", float("nan"), "a number"),
        ("train.learning_rate", 10**400, "a number"),
        ("train.momentum", 1.0, "from 0 to less than 1"),
        ("train.optimizer", 5, 'an optimizer ("AdamW", "SGD(momentum=0.95)", or a table'),
        ("train.schedule", "step(1000)", "cannot read 'step(1000)'"),
        ("train.seed", -1, "from 0"),
        ("model.data_format", "NHWC", "channels_last or channels_first"),
        ("model.input_size", [368], 'two integers ([432, 368] or "432x368")'),
        ("model.input_size", [0, 8], "1 or more each"),
        ("model.input_size", "big", "two integers"),
        ("model.name", "../elsewhere", "no slashes"),
        ("model.name", "", "the name of a folder"),
        ("model.name", "--resume", "no '-'"),
        ("model.name", " a", "no blank"),
        ("model.name", "a\nb", "no control characters"),
        ("model.name", "\x1b[31mred", "no control characters"),
        ("model.name", "caf\udce9", "the name of a folder"),  # not UTF-8: nothing can print it
        ("model.arch", 5, "called with the configuration"),
        ("model.skeleton", {"name": "s", "keypoints": ["a", "a"]}, "names a keypoint twice"),
        ("model.skeleton", {"keypoints": ["a"]}, "a table with name, keypoints"),
        ("eval.flip", "False", "true or false"),
        ("eval.flip", 0, "true or false"),
        ("eval.scales", [], "at least one"),
        ("eval.limit", 0, "1 or more, or None"),
        ("data.filter", "keep", "a function"),
        ("data.filters", "crowd", "a list of filters"),
        ("data.filters", ["most(5)"], "name=value"),
        ("data.filters", [{"count": 5}], "needs a name"),
        ("data.filters", ["most(a=5) b=1"], "a list of filters"),
        ("train.objectives", "adapt", "a list of objectives"),
        ("train.objectives", [{"weight": 5}], "the table of the objective needs a name"),
        ("data.userdef_dataset", {"a": 1}, "a dataset"),
        ("data.scale", [2, 1], "the smaller first"),
        ("data.options", {"a": object()}, "plain data"),
        ("data.options", {"a": datetime.date(2021, 1, 1)}, "plain data"),
        ("data.options", {1: 2}, "plain data"),
    ],
)
def test_a_wrong_value_is_an_error_that_says_what_is_allowed(key, value, words):
    config = Config()
    with pytest.raises(ConfigError) as caught:
        set_option(config, key, value)
    assert str(caught.value).startswith(f"{key} must be ")
    assert words in str(caught.value)
    assert f"({type(value).__name__})" in str(caught.value)
    assert config == Config()


def test_values_are_checked_however_they_are_set_from_python():
    config = Config()
    with pytest.raises(ConfigError, match=r"train\.steps must be an integer"):
        TrainConfig(steps="ten")
    with pytest.raises(ConfigError, match=r"train\.steps must be an integer"):
        config.train.steps = "ten"
    with pytest.raises(ConfigError, match=r"no setting 'train\.stesp'; did you mean train\.steps"):
        config.train.stesp = 10
    with pytest.raises(ConfigError, match="model must be ModelConfig"):
        config.model = {"name": "x"}


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [
        ("train.batchsize", "did you mean train.batch_size (an integer, 1 or more)?"),
        ("train.input_size", "did you mean model.input_size (two integers"),
        ("kungfu_option", "did you mean train.kungfu_option"),
        ("flip", "eval.flip (true or false) or data.flip (a number, from 0 to 1)"),
        ("modle.name", "did you mean model.name"),
        ("train.zzzzzz", "there are train.trainer, train.type"),
        ("zzzzzz.zzzzzz", "there are model.*, train.*"),
        ("train.steps.more", "no setting 'train.steps.more'"),
        ("model.options.", "no setting 'model.options.'"),
        ("", "no setting ''"),
    ],
)
def test_an_unknown_key_is_an_error_that_names_the_nearest(key, suggestion):
    with pytest.raises(ConfigError) as caught:
        set_option(Config(), key, 1)
    assert suggestion in str(caught.value)
    with pytest.raises(ConfigError, match="there is no setting"):
        parse_option(f"{key}=1")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("model.input_size=432x368", (432, 368)),
        ("model.input_size=[432, 368]", (432, 368)),
        ("model.input_size=432,368", (432, 368)),
        ("model.name=7", "7"),
        ("model.name='my run'", "my run"),
        ("model.name=a=b", "a=b"),
        ("model.backbone=Vgg19", "Vgg19"),
        ("model.backbone=none", None),
        ("model.stages=3", 3),
        ("train.learning_rate=1e-4", 1e-4),
        ("train.learning_rate=.5", 0.5),
        ("eval.flip=true", True),
        ("eval.flip=False", False),
        ("eval.scales=0.5,1,2", [0.5, 1.0, 2.0]),
        ("eval.scales=1", [1.0]),
        ("data.filters=a, b", ["a", "b"]),
        ("data.filters=['a,b']", ["a,b"]),
        ("data.filters=a", ["a"]),
        ("data.filters=a, b(n=1, m=2), c", ["a", "b(n=1, m=2)", "c"]),
        ("data.filters=['b(n=[1, 2], m=\"x, y\")']", ['b(n=[1, 2], m="x, y")']),
        ("data.filters=['a', {name = 'b', n = 1}]", ["a", "b(n=1)"]),
        ("data.filters=[]", []),
        ("data.scale=[0.5, 2]", (0.5, 2.0)),
        ("data.options={a = [1, 2]}", {"a": [1, 2]}),
    ],
)
def test_texts_are_read_by_the_type_of_the_setting(text, value):
    assert get(by_text(text), text.partition("=")[0]) == value


@pytest.mark.parametrize(
    "text",
    [
        *("train.steps=ten", "train.steps=1.5", "train.steps=", "train.steps=1\nbatch_size=2"),
        *("eval.flip=yes", "eval.flip=1", "model.input_size=368", "train.steps"),
        *("model.arch=os:system", "data.filter=print", "data.userdef_dataset=object"),
    ],
)
def test_texts_that_do_not_fit_are_errors(text):
    with pytest.raises(ConfigError):
        by_text(text)


def test_options_that_never_end_are_an_error():
    endless: list = []
    endless.append(endless)
    with pytest.raises(ConfigError, match=r"data\.options must be .*nested too deeply"):
        set_option(Config(), "data.options", {"a": endless})


def test_entries_of_options_are_set_one_by_one():
    config = resolve_config(
        sets=["model.options.sigma=1.5", "model.options.kind=thin", "model.options.a.b=1"]
    )
    assert config.model.options == {"sigma": 1.5, "kind": "thin", "a.b": 1}


def test_later_sources_win(tmp_path):
    run = Config(train=TrainConfig(steps=1, batch_size=1, seed=1, save_interval=1))
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"config": to_dict(run), "versions": {"numpy": "2"}}))
    file = tmp_path / "settings.toml"
    file.write_text('[train]\nsteps = 2\nbatch_size = 2\nseed = 2\n[data]\ntype = "COCO"\n')
    options = {"train.batch_size": 3, "train.seed": 3, "data.type": None}
    config = resolve_config(run=path, file=file, options=options, sets=["train.seed=4"])
    train = config.train
    assert (train.save_interval, train.steps, train.batch_size, train.seed) == (1, 2, 3, 4)
    assert (config.data.type, config.data.path, config.train.momentum) == ("COCO", None, 0.9)


def test_a_byte_order_mark_before_a_toml_file_is_read_over(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("\ufeff[train]\nsteps = 5\n", encoding="utf-8")
    assert resolve_config(file=path).train.steps == 5


def test_a_toml_file_sets_every_group(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(
        """
        [model]
        type = "Openpose"
        input_size = [432, 368]
        options = { sigma = 2 }
        [model.skeleton]
        name = "own"
        keypoints = ["head", "tail"]
        limbs = [[0, 1]]
        [train]
        optimizer = "sgd"
        [eval]
        scales = [1, 2]
        [log]
        save_dir = "runs"
        """
    )
    config = load_config(file)
    assert config.model.input_size == (432, 368)
    assert config.model.skeleton == Skeleton("own", ("head", "tail"), ((0, 1),))
    assert (config.train.optimizer, config.eval.scales) == ("sgd", [1.0, 2.0])
    assert (config.log.save_dir, config.model.options) == ("runs", {"sigma": 2})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[train", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        (b"a = " + b"[" * 5000, "is not TOML"),
        (b"[train]\nstesp = 1", "did you mean train.steps"),
        (b"[trian]\nsteps = 1", "did you mean train"),
        (b"train = 5", "train must be a table"),
        (b"[train]\nsteps = 'ten'", "train.steps must be an integer"),
    ],
)
def test_a_bad_file_is_an_error_that_names_it(tmp_path, text, words):
    file = tmp_path / "settings.toml"
    file.write_bytes(text)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert str(file) in str(caught.value)
    assert words in str(caught.value)


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(ConfigError, match="cannot read the configuration"):
            load_config(path)
        with pytest.raises(ConfigError, match="cannot read the configuration"):
            load_run_config(path)


@pytest.mark.parametrize("text", ["{", "[]", '{"config": 1}', '{"train": {"old_setting": 1}}'])
def test_a_damaged_run_configuration_is_an_error_that_names_it(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"config\.json"):
        resolve_config(run=path)


def test_a_snapshot_is_independent_and_shares_what_users_gave():
    config = Config(model=ModelConfig(arch=Net, skeleton=SKELETON))
    config.data = DataConfig(filter=keep, userdef_dataset=People(), options={"a": [1]})
    copy = snapshot(config)
    assert copy == config
    config.train.steps += 1
    config.data.options["a"].append(2)
    config.eval.scales.append(2.0)
    assert copy.train.steps == Config().train.steps
    assert copy.data.options == {"a": [1]}
    assert copy.eval.scales == [1.0]
    assert copy.model.arch is Net
    assert copy.data.filter is keep
    assert copy.data.userdef_dataset is config.data.userdef_dataset


def test_a_snapshot_finds_what_was_put_into_containers():
    config = Config()
    config.eval.scales.append("large")
    with pytest.raises(ConfigError, match=r"eval\.scales must be a list of numbers"):
        snapshot(config)
    with pytest.raises(ConfigError, match=r"expected a hyperpose_core\.config\.Config"):
        snapshot({"model": {}})


def test_what_only_python_can_hold_is_written_as_its_name():
    config = Config(model=ModelConfig(arch=Net(), skeleton=SKELETON))
    config.data.filter = functools.partial(keep)
    config.data.userdef_dataset = People
    data = json.loads(json.dumps(to_dict(config)))
    names = {
        "model.arch": f"{__name__}:Net",
        "data.filter": "functools:partial",
        "data.userdef_dataset": f"{__name__}:People",
    }
    assert not_restored(data) == names
    restored = from_dict(data)
    assert (restored.model.arch, restored.data.filter) == (None, None)
    assert restored.model.skeleton == SKELETON
    assert not_restored(to_dict(Config())) == {}


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TOML = st.recursive(
    PLAIN | st.floats() | st.dates() | st.datetimes() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(sorted(settings()))


def values(key: str) -> st.SearchStrategy:
    """Values that a setting may allow, some of them out of its range."""
    hint = setting_type(key)
    if is_python_only(hint):
        return st.none()
    if key == "model.skeleton":
        return st.none() | st.just(SKELETON)
    if key == "data.datasets":
        tables = {
            "type": st.text(),
            "path": st.none() | st.text(),
            "weight": st.none() | st.floats(),
        }
        return st.lists(st.fixed_dictionaries(tables), max_size=2)
    calls = st.builds(lambda name, rest: {"name": name, **rest}, st.text(), st.dictionaries(
        st.text(), PLAIN, max_size=2))  # fmt: skip
    inner = (typing.get_args(hint) or (hint,))[0]
    if isinstance(inner, type) and issubclass(inner, Call):
        return st.text() | calls if hint is inner else st.lists(st.text() | calls, max_size=3)
    if hint == dict[str, object] or key.endswith(".options"):
        return st.dictionaries(st.text(), PLAIN, max_size=3)
    return st.from_type(hint)


@RELAXED
@given(st.lists(KEYS.flatmap(lambda key: st.tuples(st.just(key), values(key))), max_size=8))
def test_settings_survive_the_way_to_json_and_back(changes):
    config = Config()
    for key, value in changes:
        try:
            set_option(config, key, value)
        except ConfigError:
            continue
    text = json.dumps(to_dict(config), allow_nan=False)
    assert from_dict(json.loads(text)) == config
    assert snapshot(config) == config


@RELAXED
@given(KEYS, TOML)
def test_no_value_does_anything_but_fit_or_be_a_configuration_error(key, value):
    config = Config()
    try:
        set_option(config, key, value)
    except ConfigError:
        assert config == Config()
    else:
        json.dumps(to_dict(config), allow_nan=False)


@RELAXED
@given(st.dictionaries(st.sampled_from(["model", "train", "data", "x"]) | st.text(), TOML))
def test_no_table_does_anything_but_fit_or_be_a_configuration_error(data):
    for read in (functools.partial(update, Config()), from_dict):
        try:
            read(data)
        except ConfigError:
            continue


@RELAXED
@given(KEYS | st.text(), st.text())
def test_no_text_does_anything_but_fit_or_be_a_configuration_error(key, text):
    try:
        config = by_text(f"{key}={text}")
    except ConfigError:
        return
    json.dumps(to_dict(config), allow_nan=False)
