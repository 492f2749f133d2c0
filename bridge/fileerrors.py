"""Errors of files that are written or read: recordings, devices, what a training is fed with.

`bridge.errors` has them all.
"""

from __future__ import annotations

from bridge.errorbase import BridgeError


class RecordingInvalid(BridgeError):
    """A file is no recording of a jam, or a damaged one; the message names the line."""

    code = "recording-invalid"
    wire_code = 370
    default_hint = "Record the jam again: `magenta-bridge record`."


class RecordingFailed(BridgeError):
    """A recording can't be written, or can't be written on."""

    code = "recording-failed"
    wire_code = 371
    default_hint = "The jam goes on; what was recorded up to here can be replayed."


class NothingPlayed(BridgeError):
    """There are no notes in the stretch that is asked for."""

    code = "nothing-played"
    wire_code = 372
    default_hint = "Choose other bars; without --from and --to it is all of them."


class DeviceFileInvalid(BridgeError):
    """A file is no Max for Live device, or a damaged one."""

    code = "device-file-invalid"
    wire_code = 600
    default_hint = "Save the device in Max again, or take a fresh copy of it."


class DeviceFileEncrypted(DeviceFileInvalid):
    """A device's author has locked it."""

    code = "device-file-encrypted"
    wire_code = 601
    default_hint = "Only Max can open it; ask its author for one that is not locked."


class DeviceFileMissing(BridgeError):
    """There is no such device file, or it can't be read."""

    code = "device-file-missing"
    wire_code = 602
    default_hint = "Give the path of an .amxd file that you may read."


class FolderUnusable(BridgeError):
    """A folder is not there, or can't be written to."""

    code = "folder-unusable"
    wire_code = 603
    default_hint = "Name another folder with --to."


class TrainingError(BridgeError):
    """Music can't be learnt from, or a training can't go on."""

    code = "training"
    wire_code = 700
    default_hint = "Read what the report says about each file."


class FileRejected(TrainingError):
    """A file of a corpus is not used; the message says why."""

    code = "file_rejected"
    wire_code = 701


class FileOutOfReach(FileRejected):
    """A file of a corpus can't be read here and now, whatever it holds; the message says why."""

    code = "file_out_of_reach"
    wire_code = 703


class CorpusEmpty(TrainingError):
    """No file of a folder can be learnt from."""

    code = "corpus_empty"
    wire_code = 702
