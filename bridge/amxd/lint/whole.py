"""All checks of a device file."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.amxd.device_file import META_FROZEN, DeviceFile
from bridge.amxd.lint.findings import Finding, doubt, fault
from bridge.amxd.lint.graph import Graph
from bridge.amxd.lint.panel import check_panel
from bridge.amxd.lint.parameters import check_parameters
from bridge.amxd.lint.scripts import check_scripts
from bridge.amxd.lint.threads import check_threads
from bridge.amxd.lint.wiring import check_wiring
from bridge.amxd.reader import read_device
from bridge.amxd.writer import write_device

REQUIRED = ("fileversion", "appversion", "boxes", "lines", "project")


def lint_device(data: bytes) -> list[Finding]:
    """Everything that can be seen to be wrong with a device file.

    Args:
        data: The whole file.

    Raises:
        DeviceFileEncrypted: The device's author has locked it.
        DeviceFileInvalid: It can't be read at all.
    """
    device = read_device(data)
    patcher = device.patch()["patcher"]
    graph = Graph.of(patcher)
    return [
        *_file(device, data, patcher),
        *check_wiring(graph),
        *check_threads(graph),
        *check_parameters(graph, patcher),
        *check_panel(graph, patcher),
        *check_scripts(graph, device),
    ]


def _file(device: DeviceFile, data: bytes, patcher: dict[str, object]) -> Iterator[Finding]:
    if write_device(device) != data:
        yield doubt("file", "Its bytes are laid out as no Max is known to lay them out.")
    if device.meta is not None and (device.meta == META_FROZEN) != device.frozen:
        yield fault("file", "Its flags don't say whether it is frozen.")
    for key in REQUIRED:
        if key not in patcher:
            yield fault("patch", f"It has no {key!r}.")
    project = patcher.get("project")
    if isinstance(project, dict) and project.get("amxdtype") != device.kind.project_number:
        yield fault("patch", "Its project says another kind of device than the file.")
