"""The public names of the core."""

from __future__ import annotations

import pytest

import hyperpose_core


@pytest.mark.parametrize("name", hyperpose_core.__all__)
def test_every_public_name_is_there(name):
    assert getattr(hyperpose_core, name) is not None
    assert name in dir(hyperpose_core)


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        hyperpose_core.no_such_name  # noqa: B018
