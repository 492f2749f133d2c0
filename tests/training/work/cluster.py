"""A ray cluster of two workers on this machine, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BEGIN = """
import sys, ray
ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
print("cluster", ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
ray.shutdown()
"""
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # It keeps ray, by its own choice of address, on the loopback interface.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "disabled",
}


@contextmanager
def two_workers() -> Iterator[str]:
    """Its address; it ends with the context."""
    command = [sys.executable, "-W", "ignore", "-c", BEGIN]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, env=os.environ | ENVIRONMENT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            lines = iter(process.stdout.readline, "")
            address = next(line.split()[1] for line in lines if line.startswith("cluster"))
            yield address
        finally:
            process.stdin.close()
            process.wait()
