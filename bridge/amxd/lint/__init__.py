"""What can be seen of a device file's faults without Max: `lint_device` tells them all."""

from bridge.amxd.lint.findings import Finding, Severity
from bridge.amxd.lint.whole import lint_device

__all__ = ["Finding", "Severity", "lint_device"]
