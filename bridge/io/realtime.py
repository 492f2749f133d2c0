"""Real-time priority for the thread that keeps time: asked for, reported, never required.

- Linux: ``SCHED_FIFO``, for which a user needs the right (``rtprio``). Without it, from kernel 6.12
  on, a short time slice, for which nobody needs one: a process that asks for little at a time is
  let in front of those that compute (``sched_setattr(2)``, EEVDF).
- macOS: the time-constraint policy of audio threads, which needs no right.
- Windows: MMCSS "Pro Audio" and a system timer of 1 ms, which need none either.

The macOS and Windows calls are written after the systems' documentation; they have not been run
on one.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from dataclasses import dataclass
from typing import Any

FIFO_PRIORITY = 60
"""Above the kernel's own threaded interrupts (50), below JACK's driver (70) and watchdogs (99)."""
LINUX_HINT = (
    "Add `@audio - rtprio 95` to /etc/security/limits.d/audio.conf, join the group audio,"
    " log in again."
)
SLICE_NS = 100_000
"""The shortest that Linux grants; a turn of the wheel takes about as long."""
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
"""Numbers of the system call, which the C library has no function for."""
_MACH_TIME_CONSTRAINT = 2
_PERIOD_NS, _COMPUTATION_NS = 2_900_000, 500_000


@dataclass(frozen=True, slots=True)
class Priority:
    """What came of asking.

    Args:
        granted: Whether the thread goes first now.
        text: What happened, for people.
        hint: What to do about it; "" where nothing.
    """

    granted: bool
    text: str
    hint: str = ""


def raise_priority() -> Priority:
    """Let the calling thread, and those it starts, go before ordinary ones."""
    try:
        if sys.platform.startswith("linux"):
            return _fifo()
        if sys.platform == "darwin":
            return _time_constraint()
        if sys.platform == "win32":
            return _pro_audio()
    except (OSError, AttributeError) as error:
        return Priority(False, f"Real-time priority could not be asked for ({error}).")
    return Priority(False, f"Real-time priority is not known on {sys.platform}.")


def may_raise() -> Priority:
    """What `raise_priority` would probably say; nothing is changed."""
    if not sys.platform.startswith("linux"):
        return Priority(True, "Real-time priority needs no rights here")
    import resource

    if os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_RTPRIO)[0] >= 1:
        return Priority(True, "Real-time priority is allowed")
    text = "Real-time priority is not allowed; notes may be some ms late on a busy machine"
    return Priority(False, text, LINUX_HINT)


def _fifo() -> Priority:
    import resource

    limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
    allowed = FIFO_PRIORITY if os.geteuid() == 0 or limit < 0 else min(limit, FIFO_PRIORITY)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(max(1, allowed)))
    except PermissionError:
        sooner = " A short time slice makes up for some of it." if shorten_slice() else ""
        return Priority(False, f"Real-time priority is not allowed.{sooner}", LINUX_HINT)
    return Priority(True, f"Real-time priority: SCHED_FIFO {max(1, allowed)}.")


def shorten_slice() -> bool:
    """Ask Linux for short time slices at ordinary priority, which needs no right.

    Returns:
        Whether it agreed; kernels before 6.12 and other systems don't know of it.
    """
    number = _SCHED_SETATTR.get(platform.machine())
    if not sys.platform.startswith("linux") or number is None:
        return False
    # struct sched_attr: size, policy, flags, nice, priority, runtime, deadline, period.
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    attributes = struct.pack("IIQiIQQQ", 48, os.SCHED_OTHER, 0, nice, 0, SLICE_NS, 0, 0)
    system: Any = ctypes.CDLL(None)
    return bool(system.syscall(number, 0, ctypes.c_char_p(attributes), 0) == 0)


def _time_constraint() -> Priority:
    """Mach's policy for threads that must compute a little every few milliseconds."""
    system: Any = ctypes.CDLL(None)
    timebase = (ctypes.c_uint32 * 2)()
    system.mach_timebase_info(timebase)
    numerator, denominator = timebase[0] or 1, timebase[1] or 1
    period, computation = (ns * denominator // numerator for ns in (_PERIOD_NS, _COMPUTATION_NS))
    policy = (ctypes.c_uint32 * 4)(period, computation, period, 1)
    system.pthread_self.restype = ctypes.c_void_p
    system.pthread_mach_thread_np.argtypes = [ctypes.c_void_p]
    system.pthread_mach_thread_np.restype = ctypes.c_uint32
    port = ctypes.c_uint32(system.pthread_mach_thread_np(system.pthread_self()))
    status = system.thread_policy_set(port, _MACH_TIME_CONSTRAINT, policy, 4)
    if status != 0:
        return Priority(False, f"Real-time priority was refused (kern_return {status}).")
    return Priority(True, "Real-time priority: time constraint.")


def _pro_audio() -> Priority:
    windows: Any = ctypes
    windows.windll.winmm.timeBeginPeriod(1)
    index = ctypes.c_ulong(0)
    register = windows.windll.avrt.AvSetMmThreadCharacteristicsW
    register.restype = ctypes.c_void_p
    if not register("Pro Audio", ctypes.byref(index)):
        return Priority(False, "Real-time priority was refused by MMCSS.")
    return Priority(True, "Real-time priority: MMCSS Pro Audio.")
