"""The page on configuration says what is true."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from hyperpose_core.config import load_config, resolve_config, settings

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "configuration.md"

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="needs the repository's docs folder")


def test_the_table_of_settings_is_up_to_date():
    script = runpy.run_path(str(DOCS / "configuration_table.py"))
    page = PAGE.read_text(encoding="utf-8")
    assert script["updated"](page) == page, "run `python docs/configuration_table.py`"
    assert all(f"| `{key}` |" in page for key in settings())


def test_the_toml_example_can_be_loaded(tmp_path):
    [example] = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "settings.toml"
    file.write_text(example)
    assert load_config(file).model.options == {"sigma": 1.0}


def test_the_settings_of_the_command_line_example_can_be_set():
    page = PAGE.read_text(encoding="utf-8")
    texts = re.findall(r"--set (\S+=\S+)", page.partition("```bash")[2])
    config = resolve_config(sets=texts)
    assert len(texts) == 4
    assert config.eval.scales == [0.5, 1.0, 2.0]
    assert config.model.options == {"sigma": 1.2}
