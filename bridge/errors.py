"""The tree of errors.

    BridgeError
      ConfigError            a file, key or value of the configuration
      RecordingInvalid       RecordingFailed · NothingPlayed
      TransportError         PortInUse · PagePortInUse · DownloadFailed · PeerLost · DeviceNotFound
      ProtocolError
        LocalProtocolError   our own mistake: we tried to send what the address book forbids
        RemoteProtocolError  the peer's mistake: Malformed · UnknownAddress · WrongArguments ·
                             OutOfRange · Oversized · UnknownDevice · VersionMismatch · BadToken
      CommandRefused         PlayerUnknown · ParameterUnknown · ValueRefused · EngineBusy ·
                             EngineAway
      SessionError           IllegalTransition · NothingToAnswer · ClipTransferFailed ·
                             TooManyDevices · PlayerMissing · TooManyAsks ·
                             AskWithdrawn
      ModelError             BundleMissing · BundleInvalid · PrimerRejected · ChordInvalid ·
                             GenerationTimeout · ModelFault · KernelUnavailable ·
                             CompilerMissing · EngineMissing · ControlsRejected
      TrainingError          FileRejected (FileOutOfReach) · CorpusEmpty
      PageError              RequestRefused · LoginNeeded · RequestMalformed · RequestTooLarge ·
                             TooManyReaders · PageGone · PresetMissing · PresetExists ·
                             PresetUnusable
      DeviceFileInvalid      a Max for Live device file · DeviceFileEncrypted ·
                             DeviceFileMissing · FolderUnusable

Every error says what happened (``message``) and what to do about it (``hint``). ``code`` is stable
text for people and logs; ``wire_code`` is the same thing as an integer, because OSC messages to
Max carry numbers only (every distinct string would stay in Live's symbol table for ever).
"""

from __future__ import annotations

from bridge.errorbase import BridgeError
from bridge.fileerrors import (
    CorpusEmpty,
    DeviceFileEncrypted,
    DeviceFileInvalid,
    DeviceFileMissing,
    FileOutOfReach,
    FileRejected,
    FolderUnusable,
    NothingPlayed,
    RecordingFailed,
    RecordingInvalid,
    TrainingError,
)
from bridge.pageerrors import (
    LoginNeeded,
    PageError,
    PageGone,
    PresetExists,
    PresetMissing,
    PresetUnusable,
    RequestMalformed,
    RequestRefused,
    RequestTooLarge,
    TooManyReaders,
)

__all__ = [
    "BridgeError",
    "CorpusEmpty",
    "DeviceFileEncrypted",
    "DeviceFileInvalid",
    "DeviceFileMissing",
    "FileOutOfReach",
    "FileRejected",
    "FolderUnusable",
    "LoginNeeded",
    "NothingPlayed",
    "PageError",
    "PageGone",
    "PresetExists",
    "PresetMissing",
    "PresetUnusable",
    "RecordingFailed",
    "RecordingInvalid",
    "RequestMalformed",
    "RequestRefused",
    "RequestTooLarge",
    "TooManyReaders",
    "TrainingError",
]


class ConfigError(BridgeError):
    """A configuration file, key or value is wrong; the message names the key and its range."""

    code = "config"
    wire_code = 100
    default_hint = "See configs/default.yaml: it documents every key with its unit and range."


class TransportError(BridgeError):
    """A port or a peer is not there."""

    code = "transport"
    wire_code = 200


class PortInUse(TransportError):
    """Another program holds the UDP port."""

    code = "port-in-use"
    wire_code = 201
    default_hint = "Stop the other engine, or choose another port with --port."


class PortUnknown(TransportError):
    """A route leads from or to a MIDI port that the configuration does not name."""

    code = "port-unknown"
    wire_code = 340
    default_hint = "List it in players, midi.more_inputs or midi.more_outputs, and start again."


class DownloadFailed(TransportError):
    """A file can't be fetched, or is not the one it should be."""

    code = "download-failed"
    wire_code = 209
    default_hint = "See whether this machine is online, and whether the address is right."


class PeerLost(TransportError):
    """A device fell silent."""

    code = "peer-lost"
    wire_code = 202
    default_hint = "The engine waits; the device links again by itself."


class DeviceNotFound(TransportError):
    """A named device or MIDI port does not exist."""

    code = "device-not-found"
    wire_code = 203


class ProtocolError(BridgeError):
    """A message breaks the address book (docs/protocol.md)."""

    code = "protocol"
    wire_code = 300
    default_hint = "docs/protocol.md lists every message."


class LocalProtocolError(ProtocolError):
    """The engine tried to send a message that the address book forbids: a bug of ours."""

    code = "protocol-local"
    wire_code = 310


class RemoteProtocolError(ProtocolError):
    """The peer sent something that the address book forbids."""

    code = "protocol-remote"
    wire_code = 320


class Malformed(RemoteProtocolError):
    """The datagram is not one well-formed OSC message."""

    code = "malformed"
    wire_code = 321


class UnknownAddress(RemoteProtocolError):
    """No message of that address exists."""

    code = "unknown-address"
    wire_code = 322


class WrongArguments(RemoteProtocolError):
    """Too few, too many, or of another type."""

    code = "wrong-arguments"
    wire_code = 323


class OutOfRange(RemoteProtocolError):
    """An argument lies outside its range."""

    code = "out-of-range"
    wire_code = 324


class Oversized(RemoteProtocolError):
    """The datagram is larger than any message may be."""

    code = "oversized"
    wire_code = 325


class UnknownDevice(RemoteProtocolError):
    """The device has not said hello to this engine."""

    code = "unknown-device"
    wire_code = 326
    default_hint = "Send /hello first; the Magenta Jam device does this by itself within a second."


class VersionMismatch(RemoteProtocolError):
    """Device and engine speak different versions of the protocol."""

    code = "version-mismatch"
    wire_code = 327
    default_hint = "Install the device that came with this engine: `magenta-bridge devices`."


class BadToken(RemoteProtocolError):
    """The engine is open to the network and the token is not the one it asks for."""

    code = "bad-token"
    wire_code = 328
    default_hint = "Set the device's token to the value of osc.token in the engine's configuration."


class CommandRefused(BridgeError):
    """A command from a controller, the page or the command line makes no sense."""

    code = "command-refused"
    wire_code = 350
    default_hint = "docs/commands.md lists what can be asked for."


class PlayerUnknown(CommandRefused):
    """There is no player of that number."""

    code = "player-unknown"
    wire_code = 351
    default_hint = "`magenta-bridge players` lists those that are there."


class ParameterUnknown(CommandRefused):
    """There is no parameter of that name that can be changed while playing."""

    code = "parameter-unknown"
    wire_code = 352


class ValueRefused(CommandRefused):
    """A value is of the wrong kind or outside its range."""

    code = "value-refused"
    wire_code = 353


class EngineBusy(CommandRefused):
    """More commands wait for the engine than it may owe."""

    code = "engine-busy"
    wire_code = 354
    default_hint = "Send fewer a second."


class EngineAway(CommandRefused):
    """No engine answers where one was looked for."""

    code = "engine-away"
    wire_code = 355
    default_hint = "Start one with `magenta-bridge run`, or name its --port or --config."


class SessionError(BridgeError):
    """The jam can't do what was asked now."""

    code = "session"
    wire_code = 400


class IllegalTransition(SessionError):
    """The session's table has no such step."""

    code = "illegal-transition"
    wire_code = 401


class NothingToAnswer(SessionError):
    """There is no call or answer to work on."""

    code = "nothing-to-answer"
    wire_code = 402
    default_hint = "Play a phrase first."


class ClipTransferFailed(SessionError):
    """A clip did not arrive complete in time."""

    code = "clip-transfer-failed"
    wire_code = 403
    default_hint = "Try again; if it fails again, the machine is dropping network packets."


class TooManyDevices(SessionError):
    """No player is left for another device."""

    code = "too-many-devices"
    wire_code = 404
    default_hint = "Remove a device, or raise engine.max_devices."


class PlayerMissing(SessionError):
    """The player that is to be listened to is not there, or is this one."""

    code = "player-missing"
    wire_code = 405
    default_hint = "Choose a player that is linked; a device shows its own player's number."


class TooManyAsks(SessionError):
    """The device waits for as many clips as it may."""

    code = "too-many-asks"
    wire_code = 406
    default_hint = "Wait until some of them are there."


class AskWithdrawn(SessionError):
    """Panic came before all the clips that were asked for were made."""

    code = "ask-withdrawn"
    wire_code = 407
    default_hint = "Ask again."


class ModelError(BridgeError):
    """A model can't be loaded or can't answer."""

    code = "model"
    wire_code = 500


class BundleMissing(ModelError):
    """No bundle of that name or path."""

    code = "bundle-missing"
    wire_code = 501
    default_hint = "`magenta-bridge bundles list` shows what is there."


class BundleInvalid(ModelError):
    """The file is not a bundle that this engine can play."""

    code = "bundle-invalid"
    wire_code = 502
    default_hint = "Download the file again; it may be cut short, or not be a .mag bundle at all."


class PrimerRejected(ModelError):
    """The model can't be primed with this call."""

    code = "primer-rejected"
    wire_code = 503


class ChordInvalid(ModelError):
    """Something is no chord symbol."""

    code = "chord-invalid"
    wire_code = 508
    default_hint = "Write chords as C, Am7, F#dim, C7(b9)/G, Gsus4, or N.C. for no chord."


class GenerationTimeout(ModelError):
    """The model did not answer in time."""

    code = "generation-timeout"
    wire_code = 504
    default_hint = "Choose a smaller model or a shorter answer."


class ModelFault(ModelError):
    """The model's process failed."""

    code = "model-fault"
    wire_code = 505
    default_hint = "It is being started again; the jam goes on."


class ControlsRejected(ModelError):
    """The model can't be told this."""

    code = "controls-rejected"
    wire_code = 507
    default_hint = "See configs/default.yaml: it documents every key with its unit and range."


class KernelUnavailable(ModelError):
    """The compiled kernel can't be used; NumPy plays instead."""

    code = "kernel-unavailable"
    wire_code = 510
    default_hint = "Nothing need be done: NumPy plays, with the same results, only slower."


class CompilerMissing(KernelUnavailable):
    """There is no C compiler to compile the kernel with."""

    code = "compiler-missing"
    wire_code = 511
    default_hint = "Install one (gcc or clang) for faster models; without it NumPy plays."


class PagePortInUse(TransportError):
    """Another program holds the page's TCP port."""

    code = "page-port-in-use"
    wire_code = 381
    default_hint = "Choose another port with --web-port."


class EngineMissing(ModelError):
    """The engine that was asked for is not installed."""

    code = "engine-missing"
    wire_code = 506
    default_hint = "docs/install.md says how to install it; --engine native needs none of it."


def all_errors() -> list[type[BridgeError]]:
    """Every class of the tree, parents first, for the documentation and the device's texts."""
    found: list[type[BridgeError]] = []
    queue: list[type[BridgeError]] = [BridgeError]
    while queue:
        error = queue.pop(0)
        found.append(error)
        queue.extend(error.__subclasses__())
    return sorted(found, key=lambda error: error.wire_code)
