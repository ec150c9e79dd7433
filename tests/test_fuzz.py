"""Every reader and every decoder, given what nobody meant to give it: read, or one sentence.

Few examples here; `make fuzz` looks for long, with the same targets.
"""

from __future__ import annotations

import fuzzing
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

EXAMPLES = {"hdf5": 3, "plugin_metadata": 10, "archive": 30}


@pytest.mark.parametrize("name", fuzzing.names())
def test_it_is_read_or_refused_in_words(name, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # which targets set, and this puts back
    target = fuzzing.load(name)
    seeds = list(target.seeds())
    good = [fuzzing.try_one(target.target, seed) for seed in seeds]
    assert any(good), "no whole file is read: what is fuzzed is only what refuses it"

    @settings(
        max_examples=EXAMPLES.get(name, 60),
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(fuzzing.changed(seeds) | st.binary(max_size=40))
    def any_bytes(data):
        fuzzing.try_one(target.target, data)

    any_bytes()
