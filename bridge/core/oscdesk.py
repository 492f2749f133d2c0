"""OSC controllers: their messages as commands, and what they are told. Sans-IO."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from bridge.core.bindings import Binding
from bridge.core.commands import Capture, Command, Do, Key, Learn, RunClock, SetParameter, SetTempo
from bridge.core.complaints import Complaints
from bridge.core.controller_book import LEARN, PREFIX, SET, TOLD
from bridge.core.events import Level, Notice
from bridge.core.parameters import ACTIONS, PARAMETERS
from bridge.core.protocol import BOOK, MAX_NAME_CHARACTERS, Direction, Message, check, outgoing
from bridge.core.seat import Address
from bridge.core.settings import JamSettings
from bridge.core.views import PlayerView
from bridge.core.wire import RawMessage
from bridge.errors import BadToken, BridgeError, PlayerUnknown

_TOLD = tuple(name for name in PARAMETERS if TOLD + name in BOOK)


class OscDesk:
    """Everything that OSC controllers say and are told.

    Args:
        settings: The jam's: its token and its bundles.
        carry_out: Carries out a command at a moment; raises `BridgeError` where it can't.
        views: Every player as it stands.
        tell: Takes what people should know.
    """

    def __init__(
        self,
        settings: JamSettings,
        carry_out: Callable[[Command, float], None],
        views: Callable[[], tuple[PlayerView, ...]],
        tell: Callable[[Notice], None],
    ) -> None:
        self._token = settings.token
        self._bundles = settings.bundles
        self._carry_out = carry_out
        self._views = views
        self._tell = tell
        self._complaints = Complaints()
        self._learner: Address | None = None
        self._leaving: list[tuple[Address, Message]] = []

    def receive(self, raw: RawMessage, source: Address, now_s: float) -> None:
        """Take a message of a controller. Whatever is in it, the jam goes on.

        Args:
            raw: Address and arguments.
            source: Where it came from.
            now_s: When, by the engine's clock.
        """
        try:
            message = check(*raw, Direction.FROM_CONTROLLER)
            if self._token and message.int_of("token") != self._token:
                raise BadToken("A controller's message has a wrong token.")
            self._do(message, source, now_s)
        except BridgeError as error:
            reply, line = self._complaints.note(error, now_s)
            if reply:
                self._say(source, "/player/error", error.wire_code)
            if line is not None:
                self._tell(Notice(Level.WARNING, line))

    def learnt(self, binding: Binding) -> None:
        """A controller has been bound: whoever asked for it is told."""
        if self._learner is None:
            return
        which = (binding.controller, binding.note)
        numbers = [number if number is not None else -1 for number in which]
        port = _characters(binding.port, 200)
        values = (binding.player, *numbers, binding.channel or 0, *port)
        self._say(self._learner, "/player/learnt", *values)
        self._learner = None

    def take_leaving(self) -> list[tuple[Address, Message]]:
        """Messages with the address that each is for; handed out once."""
        leaving, self._leaving = self._leaving, []
        return leaving

    def _do(self, message: Message, source: Address, now_s: float) -> None:
        address = message.address
        if address == "/player/list":
            self._list(_reply_address(message, source))
        elif address == "/player/ask":
            self._told(message.int_of("player"), _reply_address(message, source))
        elif address.startswith(LEARN):
            self._carry_out(_learn(message), now_s)
            self._learner = _reply_address(message, source)
        else:
            self._carry_out(command_of(message), now_s)

    def _list(self, to: Address) -> None:
        for place, name in enumerate(self._bundles):
            characters = _characters(name, MAX_NAME_CHARACTERS)
            self._say(to, "/player/bundle", place, len(self._bundles), *characters)
        views = self._views()
        if not views:
            self._say(to, "/player/view", 0, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0.0)
        for view in views:
            self._view(view, len(views), to)

    def _view(self, view: PlayerView, count: int, to: Address) -> None:
        ready = self._bundles.index(view.bundle) if view.bundle in self._bundles else -1
        self._say(
            to,
            "/player/view",
            view.number,
            count,
            int(view.kind == "port"),
            int(view.away),
            view.state,
            view.bar,
            view.bars,
            ready,
            int(view.drums),
            view.answer_id,
            view.answer_nats_per_step or 0.0,
            *_characters(view.name, MAX_NAME_CHARACTERS),
        )

    def _told(self, player: int, to: Address) -> None:
        view = next((one for one in self._views() if one.number == player), None)
        if view is None:
            raise PlayerUnknown(f"There is no player {player}.")
        for name in _TOLD:
            value = getattr(view.settings, name)
            if name == "bundle":
                value = self._bundles.index(value) if value in self._bundles else 0
            number = float(value) if PARAMETERS[name].kind == "number" else int(value)
            self._say(to, TOLD + name, player, number)

    def _say(self, to: Address, address: str, *values: int | float) -> None:
        message = outgoing(address, *values, direction=Direction.TO_CONTROLLER)
        self._leaving.append((to, message))


def command_of(message: Message) -> Command:
    """The command that a checked message of a controller is."""
    address = message.address
    if address.startswith(SET):
        name = address.removeprefix(SET)
        return SetParameter(message.int_of("player"), name, message.values[2])
    name = address.removeprefix(PREFIX)
    if name in ACTIONS:
        return Do(message.int_of("player"), name)
    if name == "key":
        keys = (message.int_of(part) for part in ("player", "pitch", "velocity", "channel"))
        return Key(*keys)
    if name == "tempo":
        return SetTempo(message.float_of("tempo_qpm"))
    if name == "clock":
        return RunClock(bool(message.int_of("on")))
    if name == "capture":
        return Capture(message.int_of("bars"), message.int_of("stamp"))
    return Learn(0, "")


def _learn(message: Message) -> Learn:
    return Learn(message.int_of("player"), message.address.removeprefix(LEARN))


def _reply_address(message: Message, source: Address) -> Address:
    port = message.int_of("reply_port")
    return (source[0], port) if port else source


def _characters(name: str, most: int) -> tuple[int, ...]:
    """A name as UTF-16 units that may travel."""
    codes = (ord(char) for char in islice(name, most))
    return tuple(code if 32 <= code <= 0xFFFF else ord("?") for code in codes)
