"""``magenta-bridge doctor``: the checks in order, on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from bridge.cli.checks import (
    Finding,
    Verdict,
    check_bundles,
    check_controllers,
    check_devices,
    check_folder,
    check_kernel,
    check_network,
    check_packages,
    check_python,
    check_real_time,
)
from bridge.cli.run import load_for_run
from bridge.cli.text import at_home
from bridge.config import LoadedConfig, Setting
from bridge.errors import ConfigError

_STYLE = {Verdict.GOOD: "green", Verdict.NOTE: "yellow", Verdict.BROKEN: "bold red"}


def doctor_command(out: Console, config: Path | None, port: int | None, host: str | None) -> int:
    """Print all findings.

    Returns:
        How many things are broken.
    """
    broken = _tell(out, "Machine", [*check_python(), *check_real_time(), *check_folder(Path.cwd())])
    broken += _tell(out, "Packages", check_packages())
    try:
        loaded = load_for_run(config, port, host)
    except ConfigError as error:
        finding = Finding(Verdict.BROKEN, error.message, error.hint)
        broken += _tell(out, "Configuration", [finding])
    else:
        _tell_settings(out, loaded)
        if loaded.engine.jam.controls.bindings:
            broken += _tell(out, "Controllers", check_controllers(loaded.engine))
        broken += _tell(out, "Network", check_network(loaded.engine))
        broken += _tell(out, "Models", check_kernel(loaded.engine))
        broken += _tell(out, "Bundles", check_bundles(loaded.engine))
    broken += _tell(out, "Devices", check_devices())
    verdict = f"{broken} thing(s) broken." if broken else "Nothing is broken."
    out.print(f"\n{verdict}", style="bold red" if broken else "bold green")
    return broken


def _tell(out: Console, title: str, findings: Iterable[Finding]) -> int:
    out.print(f"\n{title}", style="bold")
    broken = 0
    for finding in findings:
        broken += finding.verdict is Verdict.BROKEN
        out.print(f"  {finding.verdict.value:<6} ", style=_STYLE[finding.verdict], end="")
        out.print(at_home(finding.text), markup=False, soft_wrap=True)
        if finding.advice:
            out.print(f"         → {at_home(finding.advice)}", markup=False, soft_wrap=True)
    return broken


def _tell_settings(out: Console, loaded: LoadedConfig) -> None:
    out.print("\nConfiguration", style="bold")
    for setting in loaded.settings:
        text = f"  {setting.key:<22} {_shown(setting)}"
        out.print(at_home(text), markup=False, soft_wrap=True, end="")
        out.print(f"  ({setting.source})", style="dim", markup=False, soft_wrap=True)


def _shown(setting: Setting) -> str:
    # The report is meant for pasting into an issue; a secret is not.
    if setting.key == "osc.token":
        return "set, not shown" if setting.value else "0"
    if isinstance(setting.value, tuple):
        return "[" + ", ".join(map(str, setting.value)) + "]"
    return str(setting.value).lower() if isinstance(setting.value, bool) else str(setting.value)
