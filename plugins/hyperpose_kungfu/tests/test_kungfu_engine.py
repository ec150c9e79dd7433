"""KungFu as the engine: with KungFu itself where it is installed, and what is said where not."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

KUNGFU_RUN = shutil.which("kungfu-run", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
THREADS = dict.fromkeys(
    ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"
)
ENGINE = """
    import json, sys
    import tensorflow as tf
    from hyperpose_core.config import TrainConfig
    from hyperpose_parallel.strategy import parallel_train
    option = sys.argv[1]
    strategy = parallel_train(TrainConfig(engine="kungfu", kungfu_option=option))
    rank, size = strategy.rank, strategy.size
    weight = tf.Variable([float(rank), 10.0])
    before = weight.numpy().tolist()

    @tf.function
    def step(number):
        def update(gradients):
            weight.assign_sub(gradients[0])
        strategy.apply([weight], [tf.fill([2], float(rank))], update, number)

    step(tf.constant(3, tf.int64))
    after = weight.numpy().tolist()
    other = tf.Variable([1, rank], dtype=tf.int64)
    strategy.broadcast([weight, other])
    mean = tf.Variable(float(rank))
    strategy.average([mean])
    print("FOUND", json.dumps({
        "engine": strategy.engine.name, "rank": rank, "size": size, "before": before,
        "after": after, "broadcast": [weight.numpy().tolist(), other.numpy().tolist()],
        "average": float(mean), "gathered": [d.decode() for d in strategy.gather(b"x" * rank)],
    }), flush=True)
"""


def has_kungfu() -> bool:
    """Say whether KungFu itself is here: the package kungfu of PyPI has no `kungfu.python`."""
    try:
        return importlib.util.find_spec("kungfu.tensorflow") is not None
    except ModuleNotFoundError:
        return False


needs_kungfu = pytest.mark.skipif(
    not has_kungfu() or KUNGFU_RUN is None,
    reason="KungFu is not installed here: exchanges through KungFu itself are not tested",
)
needs_no_kungfu = pytest.mark.skipif(has_kungfu(), reason="KungFu is installed here")


def found_by(folder: Path, command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    """Run the script in worker processes and return what became of them."""
    (folder / "engine.py").write_text(textwrap.dedent(ENGINE))
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **THREADS, "TF_CPP_MIN_LOG_LEVEL": "3", **more},
        capture_output=True,
        text=True,
        timeout=300,
    )


def results(text: str) -> list[dict]:
    lines = [line.partition("FOUND ")[2] for line in text.splitlines() if "FOUND " in line]
    return sorted((json.loads(line) for line in lines), key=lambda result: result["rank"])


def expected(option: str, size: int) -> np.ndarray:
    """Return the weights after step 3, computed with numpy."""
    import tensorflow as tf

    from hyperpose_parallel.algorithms import partner

    starts = np.float32([[rank, 10] for rank in range(size)])
    gradients = np.float32([[rank, rank] for rank in range(size)])
    if option == "Sync_sgd":
        return starts - gradients.mean(0)
    if option == "Sync_avg":
        return 0.9 * starts + 0.1 * starts.mean(0) - gradients
    others = [int(partner(rank, size, tf.constant(3, tf.int64))) for rank in range(size)]
    return (starts + starts[others]) / 2 - gradients


@pytest.mark.slow
@needs_kungfu
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("option", ["Sync_sgd", "Sync_avg", "Pair_avg"])
def test_a_step_over_kungfu_is_what_the_algorithm_says(tmp_path, option, size):
    assert KUNGFU_RUN is not None
    words = [KUNGFU_RUN, "-q", "-np", str(size), "-H", f"127.0.0.1:{size}", "-logdir", "logs"]
    result = found_by(tmp_path, [*words, sys.executable, "engine.py", option])
    logs = "".join(path.read_text() for path in sorted(tmp_path.rglob("*.log")))
    assert result.returncode == 0, result.stdout + result.stderr + logs
    found = results(logs)
    assert [(f["engine"], f["rank"], f["size"]) for f in found] == [
        ("kungfu", rank, size) for rank in range(size)
    ], logs
    np.testing.assert_allclose([f["after"] for f in found], expected(option, size), atol=1e-6)
    for one in found:
        assert one["broadcast"] == [found[0]["after"], [1, 0]]
        assert one["average"] == pytest.approx((size - 1) / 2)
        assert one["gathered"] == ["x" * rank for rank in range(size)]


@pytest.mark.slow
@needs_no_kungfu
def test_without_kungfu_a_sentence_says_what_is_used_instead(tmp_path):
    words = [sys.executable, "-m", "hyperpose_core", "launch", "-np", "2", "engine.py", "Sync_sgd"]
    result = found_by(tmp_path, words)
    assert result.returncode == 0, result.stderr
    found = results(result.stdout + result.stderr)
    assert [f["engine"] for f in found] == ["tensorflow", "tensorflow"]
    np.testing.assert_allclose([f["after"] for f in found], expected("Sync_sgd", 2), atol=1e-6)
    said = [line for line in result.stderr.splitlines() if "KungFu" in line]
    assert len(said) == 1, "worker 0 says it once"
    assert "KungFu is not installed" in said[0]
    assert said[0].endswith("TensorFlow's own collectives are used instead")


@pytest.mark.parametrize("code", ["", "import pandas_wrapper_that_is_not_there"])
def test_the_package_of_that_name_on_pypi_is_not_taken_for_it(tmp_path, monkeypatch, code):
    pytest.importorskip("tensorflow")
    from hyperpose_core.errors import PluginError
    from hyperpose_kungfu.engine import load_kungfu

    for name in [name for name in sys.modules if name.partition(".")[0] == "kungfu"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "kungfu").mkdir()
    (tmp_path / "kungfu" / "__init__.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match="is another one: build it from"):
        load_kungfu()


@pytest.mark.parametrize("error", ["OSError", "ImportError", "TypeError"])
def test_a_kungfu_that_was_built_for_another_tensorflow_is_named(tmp_path, monkeypatch, error):
    from hyperpose_core.errors import PluginError
    from hyperpose_kungfu.engine import load_kungfu

    for name in [name for name in sys.modules if name.partition(".")[0] == "kungfu"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "kungfu").mkdir()
    (tmp_path / "kungfu" / "__init__.py").write_text("")
    (tmp_path / "kungfu" / "python.py").write_text(f"raise {error}('undefined symbol: x')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match=r"cannot be loaded \(undefined symbol: x\)"):
        load_kungfu()


def test_the_plugin_offers_the_engine_and_imports_nothing_heavy():
    code = (
        "import sys; from hyperpose_kungfu import plugin; "
        "[spec] = plugin.hyperpose_register_collective_engines(); "
        "assert spec.name == 'kungfu'; assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
