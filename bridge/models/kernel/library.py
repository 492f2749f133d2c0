"""The compiled kernel as seen from Python: its functions and its structure (``step.c``)."""

from __future__ import annotations

import ctypes
from pathlib import Path

from bridge.errors import KernelUnavailable

MAX_LAYERS = 16
INTERFACE = 2
"""Both as in ``step.c``."""

_Int, _Pointer = ctypes.c_int32, ctypes.c_void_p


class NetworkStruct(ctypes.Structure):
    """``Network`` of ``step.c``, field by field."""

    _fields_ = (
        ("layers", _Int),
        ("wrapped", _Int),
        ("attention_size", _Int),
        ("attention_length", _Int),
        ("classes", _Int),
        ("table_rows", _Int),
        ("width", _Int),
        ("output", _Int),
        ("residual", _Int),
        ("units", _Int * MAX_LAYERS),
        ("hidden", _Int * MAX_LAYERS),
        ("cells", _Int * MAX_LAYERS),
        ("inputs", _Int * MAX_LAYERS),
        ("input_widths", _Int * MAX_LAYERS),
        ("carried", _Int * MAX_LAYERS),
        ("kernels", _Pointer * MAX_LAYERS),
        ("biases", _Pointer * MAX_LAYERS),
        ("projections", _Pointer * MAX_LAYERS),
        ("projection_biases", _Pointer * MAX_LAYERS),
        ("table", _Pointer),
        ("query_kernel", _Pointer),
        ("query_bias", _Pointer),
        ("memory_kernel", _Pointer),
        ("score", _Pointer),
        ("joint_kernel", _Pointer),
        ("joint_bias", _Pointer),
        ("logit_kernel", _Pointer),
        ("logit_bias", _Pointer),
    )


class KernelLibrary:
    """A loaded kernel.

    Args:
        path: The shared library.

    Raises:
        KernelUnavailable: It can't be loaded, or belongs to another version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            loaded = ctypes.CDLL(str(path))
            for name in ("bridge_interface", "bridge_panel", "bridge_network_bytes"):
                getattr(loaded, name).restype = _Int
            same = loaded.bridge_interface() == INTERFACE
            same &= loaded.bridge_network_bytes() == ctypes.sizeof(NetworkStruct)
            self.panel: int = loaded.bridge_panel()
            self.scratch_floats = loaded.bridge_scratch_floats
            self.step = loaded.bridge_step
        except (OSError, AttributeError) as error:
            raise KernelUnavailable(f"The compiled kernel can't be loaded: {error}.") from error
        if not same:
            raise KernelUnavailable("The compiled kernel belongs to another version.")
        self.scratch_floats.argtypes = (_Pointer, _Int)
        self.scratch_floats.restype = ctypes.c_int64
        self.step.argtypes = (_Pointer, _Pointer, _Pointer, _Pointer, _Int, _Int) + (_Pointer,) * 3
        self.step.restype = _Int
