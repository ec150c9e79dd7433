"""Weights in: files of TensorLayer and of 2021, and what the command says of them."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorlayer as tl
import torch_writer
from tensorlayer.layers import BatchNorm2d, Conv2d, DepthwiseConv2d, LayerList, MaxPool2d
from tiny_runs import python

from hyperpose_core.build import get_model
from hyperpose_core.build.weights import load_weights, named_weights, save_weights
from hyperpose_core.cli import main
from hyperpose_core.config import resolve_config
from hyperpose_core.errors import CheckpointError, InputError
from hyperpose_core.inference.load import load_model
from hyperpose_core.registry import make_registry
from hyperpose_training.start.importers import find_importer
from hyperpose_weights.importing import import_weights, own
from hyperpose_weights.importing.arrays import neutral_norm

SMALL = {"model.width": 0.25, "model.input_size": (64, 64), "data.type": "COCO"}
LIGHTWEIGHT = {"model.type": "LightweightOpenpose", **SMALL}
OPENPOSE = {"model.type": "Openpose", "model.backbone": "Resnet18", "model.stages": 2, **SMALL}


def build(options: dict, seed: int = 0):
    return get_model(resolve_config(options={**options, "train.seed": seed}))


def arrays_of(model) -> dict[str, np.ndarray]:
    return {name: variable.numpy() for name, variable in named_weights(model).items()}


def shuffle(model) -> None:
    """Give every weight a value that tells it from the others; the variances stay positive."""
    random = np.random.default_rng(5)
    for weight in model.all_weights:
        fan_in = np.prod(weight.shape[:3]) if len(weight.shape) == 4 else 25
        value = random.normal(0, fan_in**-0.5, weight.shape)
        weight.assign(1 + np.abs(value) if "moving_var" in weight.name else value)


def save_list(path: Path, values: list[np.ndarray]) -> Path:
    """Write what TensorLayer's `save_npz` writes with the NumPy of its time."""
    params = np.empty(len(values), object)
    params[:] = values
    np.savez(path, params=params)
    return path


def bring(path: Path, options: dict, **more):
    name = f"run{len(list(path.parent.glob('run*')))}"
    options = {**options, "model.name": name, "log.save_dir": path.parent}
    return import_weights(path, options, **more)


@pytest.mark.parametrize("options", [LIGHTWEIGHT, OPENPOSE], ids=["lightweight", "openpose"])
@pytest.mark.parametrize("form", ["list", "dictionary"])
def test_what_tensorlayer_wrote_of_a_model_comes_back(tmp_path, options, form):
    model, path = build(options), tmp_path / "model.npz"
    shuffle(model)
    if form == "list":
        save_list(path, [weight.numpy() for weight in model.all_weights])
    else:
        tl.files.save_npz_dict(model.all_weights, str(path))
    imported = bring(path, options, trust_pickle=form == "list")
    got = load_weights(imported.run.newest_model)
    for name, array in arrays_of(model).items():
        np.testing.assert_array_equal(got[name], array)


def test_a_pickled_list_is_refused_until_it_is_trusted(tmp_path):
    path = save_list(tmp_path / "model.npz", [np.zeros((3, 3, 3, 8)), np.zeros(8)])
    with pytest.raises(CheckpointError, match="--trust-pickle"):
        bring(path, LIGHTWEIGHT)


class Evil:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return os.system, (f"touch {self.trace}",)


def test_a_trusted_pickle_runs_nothing(tmp_path):
    path, trace = tmp_path / "model.npz", tmp_path / "ran"
    save_list(path, [np.zeros(3), Evil(trace)])
    with pytest.raises(CheckpointError, match="system"):
        bring(path, LIGHTWEIGHT, trust_pickle=True)
    assert not trace.exists()


@pytest.mark.parametrize("change", ["drop", "swap", "add"])
def test_nothing_is_assigned_where_the_order_of_shapes_differs(tmp_path, change):
    """The error names the array, and the run is not made."""
    values = [weight.numpy() for weight in build(LIGHTWEIGHT).all_weights]
    place = next(i for i, value in enumerate(values) if value.shape == (1, 1, 8, 16))
    if change == "drop":
        del values[place]
    elif change == "swap":
        values[place], values[place + 1] = values[place + 1], values[place]
    else:
        values.insert(place, np.zeros((5, 5, 1, 2)))
    path = save_list(tmp_path / "model.npz", values)
    with pytest.raises(CheckpointError) as caught:
        bring(path, LIGHTWEIGHT, trust_pickle=True, partial=True)
    text = str(caught.value)
    if change == "drop":
        assert "backbone/blocks/1/2/0/filters (1, 1, 8, 16) is missing" in text
    else:
        assert "array" in text
        assert "is left over" in text
    assert not list(tmp_path.glob("run*"))


def test_a_damaged_list_is_one_sentence(tmp_path):
    """NumPy leaves such a header to Python's tokenizer, with an exception of its own."""
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (3, }\n"
    with zipfile.ZipFile(tmp_path / "model.npz", "w") as archive:
        length = len(header).to_bytes(2, "little")
        archive.writestr("params.npy", b"\x93NUMPY\x01\x00" + length + header)
    with pytest.raises(CheckpointError, match=r"model\.npz cannot be read"):
        bring(tmp_path / "model.npz", LIGHTWEIGHT, trust_pickle=True)


@pytest.mark.parametrize("value", [np.nan, np.inf, "text"])
@pytest.mark.parametrize("partial", [False, True])
def test_what_is_no_number_is_not_loaded(tmp_path, value, partial):
    arrays = load_weights(own_file(tmp_path))
    biases = arrays["neck/last/biases"]
    biases = biases.astype("U4") if value == "text" else biases
    biases[3] = value
    save_weights(tmp_path / "changed.npz", {**arrays, "neck/last/biases": biases})
    with pytest.raises(CheckpointError, match="no finite numbers, in neck/last/biases"):
        bring(tmp_path / "changed.npz", LIGHTWEIGHT, partial=partial)
    assert not list(tmp_path.glob("run*"))


def test_kinds_have_to_agree_where_there_are_names(tmp_path):
    """Gamma and beta have one shape: a dictionary with them exchanged is not taken."""
    model, path = build(LIGHTWEIGHT), tmp_path / "model.npz"
    names = [weight.name for weight in model.all_weights]
    other = {"gamma:0": "beta:0", "beta:0": "gamma:0"}
    parts = [name.rpartition("/") for name in names]
    swapped = [f"{scope}/{other.get(kind, kind)}" for scope, _, kind in parts]
    np.savez(path, **{n: w.numpy() for n, w in zip(swapped, model.all_weights, strict=True)})
    with pytest.raises(CheckpointError, match="their kinds differ"):
        bring(path, LIGHTWEIGHT)


# What follows is written as models of 2021 are, with TensorLayer's own layers.


def conv_norm(inputs: int, outputs: int, size: int = 3, stride: int = 1, **more) -> list:
    conv = Conv2d(outputs, (size, size), (stride, stride), in_channels=inputs, **more)
    return [conv, BatchNorm2d(num_features=outputs, act=tf.nn.relu, is_train=True)]


def separable(inputs: int, outputs: int, stride: int, dilation: int) -> LayerList:
    rate, step = (dilation, dilation), (stride, stride)
    depthwise = DepthwiseConv2d((3, 3), step, in_channels=inputs, dilation_rate=rate, b_init=None)
    norm = BatchNorm2d(num_features=inputs, act=tf.nn.relu, is_train=True)
    return LayerList([depthwise, norm, *conv_norm(inputs, outputs, 1, b_init=None)])


class DilatedMobilenet(tl.models.Model):
    def __init__(self) -> None:
        super().__init__()
        blocks = ((16, 1, 1), (32, 2, 1), (32, 1, 1), (64, 2, 1), (64, 1, 1), (128, 1, 1))
        blocks = (*blocks, (128, 1, 2), *((128, 1, 1),) * 4)
        layers, channels = [LayerList(conv_norm(3, 8, stride=2))], 8
        for outputs, stride, dilation in blocks:
            layers.append(separable(channels, outputs, stride, dilation))
            channels = outputs
        self.main_block = LayerList(layers)

    def forward(self, x):
        return self.main_block.forward(x)


class Neck(tl.models.Model):
    def __init__(self) -> None:
        super().__init__()
        self.init_layer = Conv2d(32, (1, 1), in_channels=128)
        self.main_block = LayerList([LayerList(conv_norm(32, 32)) for _ in range(3)])
        self.end_layer = Conv2d(32, (3, 3), in_channels=32)


class Branches(tl.models.Model):
    def __init__(self, trunk: list | None = None) -> None:
        super().__init__()
        if trunk:
            self.main_block = LayerList(trunk)
        for name, outputs in (("conf_block", 19), ("paf_block", 38)):
            last = Conv2d(outputs, (1, 1), in_channels=128)
            setattr(self, name, LayerList([Conv2d(128, (1, 1), in_channels=32), last]))


class Block(tl.models.Model):
    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.init_layer = Conv2d(32, (1, 1), in_channels=inputs, act=tf.nn.relu)
        self.main_block = LayerList([LayerList(conv_norm(32, 32)) for _ in range(2)])


class LightweightOf2021(tl.models.Model):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = DilatedMobilenet()
        self.cpm_stage = Neck()
        self.init_stage = Branches([Conv2d(32, (3, 3), in_channels=32) for _ in range(3)])
        self.refine_stage1 = Branches()
        for i in range(5):
            setattr(self.refine_stage1, f"block_{i + 1}", Block(32 if i else 32 + 19 + 38))


@pytest.mark.slow
@pytest.mark.parametrize("form", ["list", "dictionary"])
def test_a_model_of_2021_is_taken_array_by_array(tmp_path, form):
    theirs, path = LightweightOf2021(), tmp_path / "newest_model.npz"
    shuffle(theirs)
    # What is padded is black there and grey here: the first convolution shall not see it.
    first = theirs.backbone.all_weights[0]
    first.assign(first * tf.reshape(tf.one_hot(4, 9), (3, 3, 1, 1)))
    if form == "list":
        save_list(path, [weight.numpy() for weight in theirs.all_weights])
    else:
        tl.files.save_npz_dict(theirs.all_weights, str(path))
    with pytest.raises(CheckpointError) as caught:
        bring(path, LIGHTWEIGHT, trust_pickle=True)
    assert "neck/trunk/0/filters is missing" in str(caught.value)
    assert "cpm_stage/main_block/2_bn/gamma is left over" in str(caught.value)
    imported = bring(path, LIGHTWEIGHT, trust_pickle=True, partial=True)
    config = resolve_config(run=imported.run.config)
    assert config.model.padding == "same"
    model = get_model(config)
    load_model(imported.run, model)
    image = tf.constant(np.random.default_rng(0).uniform(0, 1, (1, 64, 96, 3)).astype(np.float32))
    theirs.eval()
    model.eval()
    np.testing.assert_allclose(
        model.backbone.forward(image - 0.5), theirs.backbone.forward(image), rtol=1e-4, atol=1e-4
    )
    features, confs, pafs = (tf.random.normal((1, 8, 8, n)) for n in (32, 19, 38))
    squeeze = getattr(model.stage2.trunk, "0").squeeze
    np.testing.assert_allclose(
        squeeze.forward(tf.concat([features, pafs, confs], -1)),
        theirs.refine_stage1.block_1.init_layer.forward(tf.concat([features, confs, pafs], -1)),
        atol=1e-5,
    )


class VggOf2021(tl.models.Model):
    """Keeps a list of its layers too, so that TensorLayer writes them twice."""

    def __init__(self) -> None:
        super().__init__()
        self.main_layer_list, channels = [], 3
        for scale, depth in enumerate((2, 2, 4, 2)):
            for i in range(depth):
                wide, name = 16 * 2**scale, f"conv{scale + 1}_{i + 1}"
                layer = Conv2d(wide, (3, 3), in_channels=channels, act=tf.nn.relu, name=name)
                self.main_layer_list.append(layer)
                channels = wide
            if scale < 3:
                self.main_layer_list.append(MaxPool2d((2, 2), (2, 2), name=f"pool{scale}"))
        self.main_block = LayerList(self.main_layer_list)


@pytest.mark.slow
def test_a_backbone_that_was_written_twice_is_taken_once(tmp_path):
    theirs = LightweightOf2021()
    theirs.backbone = VggOf2021()
    shuffle(theirs)
    path = save_list(tmp_path / "model.npz", [weight.numpy() for weight in theirs.all_weights])
    options = {**LIGHTWEIGHT, "model.backbone": "Vgg19"}
    imported = bring(path, options, trust_pickle=True, partial=True)
    got = load_weights(imported.run.newest_model)
    last = theirs.backbone.main_layer_list[-1].all_weights[0]
    np.testing.assert_array_equal(got["backbone/layers/12/filters"], last)
    assert not [name for name in imported.fit.missing if name.startswith("backbone")]


# The command and the run that it makes.


def command(*words: object) -> int:
    return main([str(word) for word in ("import-weights", *words)])


def own_file(folder: Path) -> Path:
    path = folder / "weights.npz"
    save_weights(path, arrays_of(build(LIGHTWEIGHT, seed=3)))
    return path


WORDS = ("--model", "LightweightOpenpose", "--dataset", "COCO", "--set", "model.width=0.25")


def test_own_files_tell_whether_normalisation_was_folded_away(tmp_path):
    path = own_file(tmp_path)
    assert own.importer.settings(path) == {}
    arrays = load_weights(path)
    for name in [name for name in arrays if name.endswith("/gamma")]:
        arrays |= neutral_norm(name.removesuffix("/gamma"), arrays[name])
    save_weights(path, arrays)
    assert own.importer.settings(path) == {"train.norm": "frozen"}
    arrays[next(name for name in arrays if name.endswith("moving_mean"))] += 1
    save_weights(path, arrays)
    assert own.importer.settings(path) == {}


def test_partial_prints_what_fits_and_what_does_not(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arrays = load_weights(own_file(tmp_path))
    arrays["neck/\x1b[2J\nloaded/filters"] = np.zeros(1, np.float32)
    arrays["neck/extra/filters"] = arrays.pop("neck/last/filters")
    arrays["neck/last/biases"] = np.zeros(7, np.float32)
    save_weights("changed.npz", arrays)
    assert command("changed.npz", "--name", "a", *WORDS) == 2
    error = capsys.readouterr().err
    for part in ("neck/last/filters is missing", "neck/extra/filters is left over", "(7,)"):
        assert part in error
    assert not Path("save_dir").exists()
    assert command("changed.npz", "--name", "a", "--partial", *WORDS) == 0
    out = capsys.readouterr().out
    for part in (
        "left at their initial values: 1",
        "left over in the file: 2",
        r"  neck/\x1b[2J\nloaded/filters",
        "  neck/extra/filters",
    ):
        assert part in out
    assert "loaded 213 of 215 arrays" in out


def test_json_is_one_document(tmp_path, capsys):
    words = (own_file(tmp_path), "--name", "a", "--save-dir", tmp_path / "runs", "--json")
    assert command(*words, *WORDS) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["format"], len(document["fitting"]), document["missing"]) == (
        "hyperpose",
        215,
        [],
    )


def test_a_run_is_not_overwritten(tmp_path, capsys):
    path = own_file(tmp_path)
    words = (path, "--name", "a", "--save-dir", tmp_path / "runs", *WORDS)
    assert command(*words) == 0
    assert f"infer IMAGE... --name a --save-dir {tmp_path / 'runs'}" in capsys.readouterr().err
    before = (tmp_path / "runs/a/model_dir/newest_model.npz").read_bytes()
    assert command(*words) == 2
    assert "already" in capsys.readouterr().err
    assert (tmp_path / "runs/a/model_dir/newest_model.npz").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "more", "message"),
    [
        (b"no archive", (), "no importer recognises"),
        (None, (), "there is no weights file"),
        (b"no archive", ("--format", "hyperpse"), "did you mean 'hyperpose'"),
        (b"no archive", ("--format", "hyperpose"), "cannot be read"),
        (b"no archive", ("--format", "tf-pose"), "fills MobilenetThinOpenpose, not"),
    ],
)
def test_bad_files_and_formats_are_one_sentence(tmp_path, capsys, content, more, message):
    path = tmp_path / "weights.npz"
    if content is not None:
        path.write_bytes(content)
    assert command(path, "--name", "a", "--save-dir", tmp_path / "runs", *WORDS, *more) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_a_file_of_torch_that_means_harm_is_called_so(tmp_path, capsys):
    arrays = {"w": np.ones(4, np.float32)}
    call = torch_writer.text("evil") + b"cposix\nsystem\n(" + torch_writer.text("touch ran") + b"tR"
    data = torch_writer.state(arrays, more=call)
    path = torch_writer.write_zip(tmp_path / "weights.pth", data, arrays)
    assert command(path, "--name", "a", "--save-dir", tmp_path / "runs", *WORDS) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert f"no importer recognises the file {path}: {path} contains posix.system" in line


def test_an_importer_that_fails_hides_no_other(tmp_path, install_plugin, capsys):
    code = """
    from hyperpose_core import WeightImporterSpec, hookimpl

    @hookimpl
    def hyperpose_register_weight_importers():
        yield WeightImporterSpec(name="a-broken", target="json:dumps")
        yield WeightImporterSpec(name="a-lost", target="json:no_such")
    """
    install_plugin("abroken", code)
    found, _ = find_importer(own_file(tmp_path), "LightweightOpenpose", make_registry())
    assert found == "hyperpose"
    error = capsys.readouterr().err
    for part in ("'a-broken' is left out: AttributeError", "'a-lost' is left out: the weight_imp"):
        assert part in error


def test_the_format_has_to_fit_the_model(tmp_path):
    path = save_list(tmp_path / "model.npz", [np.zeros(3)])
    with pytest.raises(InputError, match="MobilenetThinOpenpose, not LightweightOpenpose"):
        bring(path, LIGHTWEIGHT, file_format="tf-pose")


MAPS = """
import sys, numpy as np, tensorflow as tf
from hyperpose_core.inference.forward import trace_forward
image = tf.reshape(tf.range(64.0 * 64 * 3), (1, 64, 64, 3)) / 12288
def write(maps):
    np.savez(sys.argv[1], *map(np.asarray, maps))
"""
MAKE = f"""{MAPS}
from hyperpose_core.build import get_model
from hyperpose_core.config import resolve_config
from hyperpose_core.build.weights import named_weights, save_weights
model = get_model(resolve_config(options={{**{LIGHTWEIGHT}, "train.seed": 3}}))
save_weights("weights.npz", {{n: v.numpy() for n, v in named_weights(model).items()}})
write(trace_forward(model)(image))
"""
LOAD = f"""{MAPS}
from hyperpose_core.inference import load_predictor
write(load_predictor(sys.argv[2]).network(image))
"""


@pytest.mark.slow
def test_a_new_process_gives_bit_equal_output(tmp_path):
    first = python("-c", MAKE, "made.npz", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    run = bring(tmp_path / "weights.npz", LIGHTWEIGHT).run.folder
    second = python("-c", LOAD, "loaded.npz", run, cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    made, loaded = (load_weights(tmp_path / f"{name}.npz") for name in ("made", "loaded"))
    assert len(made) == 2
    assert np.abs(made["arr_0"]).max() > 0
    for name, array in made.items():
        np.testing.assert_array_equal(array, loaded[name])
