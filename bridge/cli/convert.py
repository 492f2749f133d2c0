"""``magenta-bridge bundles convert``."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bridge.cli.text import at_home, size_text
from bridge.errors import BridgeError, BundleInvalid
from bridge.io.files import write_whole
from bridge.models.bundle import read_limited
from bridge.models.convert import BUNDLE_SUFFIX, SAFETENSORS_SUFFIX, converted


def convert_command(out: Console, source: Path, target: Path, *, replace: bool) -> None:
    """Convert a file by the endings of the names.

    Raises:
        BundleMissing: The source can't be read.
        BundleInvalid: It is damaged.
        BridgeError: The endings don't fit, or the target is there or can't be written.
    """
    endings = {source.suffix.lower(), target.suffix.lower()}
    if endings != {BUNDLE_SUFFIX, SAFETENSORS_SUFFIX}:
        raise BridgeError(
            f"{source.name} to {target.name} is no conversion.",
            "One name must end in .mag and the other in .safetensors.",
        )
    if target.exists() and not replace:
        raise BridgeError(f"{at_home(target)} is there already.", "Name another file, or --force.")
    try:
        made = converted(read_limited(source), source.suffix.lower())
    except BundleInvalid as error:
        raise BundleInvalid(f"{source.name}: {error.message}", error.hint) from error
    write_whole(target, made)
    size = size_text(len(made))
    out.print(f"{at_home(target)}: {size}, every tensor as it was.", markup=False, soft_wrap=True)
