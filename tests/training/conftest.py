"""Magenta's and TensorFlow's own warnings are none of ours: the suite turns warnings to errors."""

import warnings

import pytest


@pytest.fixture(scope="session")
def tensorflow():
    """The installed TensorFlow with the settings that Magenta needs, or a skip."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pytest.importorskip(
            "tensorflow", reason="needs the [magenta] extra: TensorFlow is absent"
        )
        from bridge.training.bundle_writer import prepare_tensorflow

        prepare_tensorflow()
        return found


@pytest.fixture(scope="session")
def magenta(tensorflow):
    """The installed Magenta, or a skip."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(
            "magenta.models.drums_rnn.drums_rnn_sequence_generator",
            reason="needs Magenta itself (docs/install.md): it is absent",
        )


def pytest_collection_modifyitems(items):
    """Tests of the real Magenta hear no warnings of its own."""
    for item in items:
        if item.get_closest_marker("magenta"):
            item.add_marker(pytest.mark.filterwarnings("ignore"))
