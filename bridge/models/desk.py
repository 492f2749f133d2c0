"""Does what the jam asks of its models, one request at a time, in whatever process it lives."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from bridge.core.requests import (
    AnswerChunk,
    BundleReady,
    ContinueAnswer,
    ForgetPlayer,
    MakeClip,
    ModelFailed,
    ModelReply,
    ModelRequest,
    PrimeCall,
    SelectBundle,
    StartAnswer,
)
from bridge.errors import BridgeError, BundleMissing, ModelFault
from bridge.models.answers import ANSWERS_KEPT, standing_still
from bridge.models.base import Performer
from bridge.models.clipwork import ClipWork
from bridge.models.library import BundleLibrary
from bridge.models.loading import LoadedPerformance, PlayableModel
from bridge.models.performer import RnnPerformer
from bridge.models.timed_performer import TimedPerformer

_log = logging.getLogger(__name__)


class ModelDesk:
    """Players, their performers, and the bundles they share.

    Args:
        library: Where bundles are found.
        now_s: A clock that never goes back, in seconds; the default stands still.
    """

    def __init__(self, library: BundleLibrary, now_s: Callable[[], float] = standing_still) -> None:
        self._library, self._now_s = library, now_s
        self._models: dict[str, PlayableModel] = {}
        self._performers: dict[int, Performer] = {}
        self._answering: dict[int, dict[int, Performer]] = {}
        self._bundles: dict[int, str] = {}
        self._clips: dict[int, ClipWork] = {}

    def handle(self, request: ModelRequest) -> list[ModelReply]:
        """Does one request; whatever goes wrong becomes a `ModelFailed`."""
        try:
            return self._done(request)
        except BridgeError as error:
            return [failure(request, error)]
        except Exception:  # The worker boundary: a bug in a model must not end the jam.
            _log.exception("A model failed at %s of player %d", type(request), request.player)
            fault = ModelFault("The model failed unexpectedly.", "See the log.")
            return [failure(request, fault)]

    def _done(self, request: ModelRequest) -> list[ModelReply]:
        player = request.player
        if isinstance(request, SelectBundle):
            return [self._select(player, request.bundle)]
        if isinstance(request, ForgetPlayer):
            self._forget(player)
            return []
        if isinstance(request, MakeClip):
            return [self._make_clip(request)]
        performer = self._performers.get(player)
        if isinstance(request, PrimeCall):
            if performer is not None:
                performer.prime(request)
            return []
        if performer is None:
            raise BundleMissing("No bundle is selected.", "Select one first.")
        if isinstance(request, StartAnswer):
            begun = self._answering.setdefault(player, {})
            begun[request.answer_id] = performer
            for old in list(begun)[:-ANSWERS_KEPT]:
                del begun[old]
            return [performer.start(request)]
        # An answer is finished by the model that began it, even if another is selected meanwhile.
        begun = self._answering.get(player, {})
        return [begun.get(request.answer_id, performer).resume(request)]

    def _make_clip(self, request: MakeClip) -> AnswerChunk:
        """Do the next slice of a clip."""
        player = request.player
        work = self._clips.get(player)
        if work is None or work.request != request:
            # The player may have chosen another model between two clips.
            before = self._performers.get(player)
            self._select(player, request.bundle)
            performer = self._performers[player]
            same = work is not None and performer is before
            heard = work.request.call if work is not None and same else None
            work = ClipWork(performer, request, heard)
        # It is kept only where the step succeeds: one that failed is not gone on with.
        self._clips.pop(player, None)
        chunk = work.step()
        self._clips[player] = work
        return chunk

    def _select(self, player: int, bundle: str) -> BundleReady:
        model = self._models.get(bundle)
        if model is None:
            model = self._library.load(bundle)
            self._models[bundle] = model
        if self._bundles.get(player) != bundle:
            self._bundles[player] = bundle
            self._performers[player] = performer_for(player, model, self._now_s)
            self._drop_unused()
        encoding = model.encoding
        return BundleReady(player, bundle, encoding.steps_per_quarter, encoding.drums)

    def _forget(self, player: int) -> None:
        self._performers.pop(player, None)
        self._answering.pop(player, None)
        self._bundles.pop(player, None)
        self._clips.pop(player, None)
        self._drop_unused()

    def _drop_unused(self) -> None:
        used = set(self._bundles.values())
        for name in [name for name in self._models if name not in used]:
            del self._models[name]


def performer_for(
    player: int, model: PlayableModel, now_s: Callable[[], float] = standing_still
) -> Performer:
    """Whoever plays a model of this kind."""
    if isinstance(model, LoadedPerformance):
        return TimedPerformer(player, model, now_s)
    return RnnPerformer(player, model, now_s)


def failure(request: ModelRequest, error: BridgeError) -> ModelFailed:
    """The reply to a request that could not be done."""
    code, message, hint = error.wire_code, error.message, error.hint
    return ModelFailed(request.player, answer_of(request), code, message, hint)


def answer_of(request: ModelRequest) -> int:
    """The answer that a request is about, or -1."""
    return request.answer_id if isinstance(request, StartAnswer | ContinueAnswer | MakeClip) else -1


def unfinished(request: ModelRequest, replies: list[ModelReply]) -> bool:
    """Whether a request must be handed over once more, for its next slice."""
    going_on = (isinstance(reply, AnswerChunk) and not reply.done for reply in replies)
    return isinstance(request, MakeClip) and any(going_on)


class Inbox:
    """Requests that wait, without those that a later one made pointless; clips wait longest.

    A `PrimeCall` is only a head start. As soon as anything newer than it waits for the same player
    (a longer call, the whole call, another bundle), doing it would only delay that.

    Args:
        now_s: A clock that never goes back, in seconds: how long a `StartAnswer` has waited is
            taken from its time. The default stands still.
    """

    def __init__(self, now_s: Callable[[], float] = standing_still) -> None:
        self._now_s = now_s
        self._came_s: dict[int, float] = {}
        self._waiting: deque[ModelRequest] = deque()
        self._clips: deque[MakeClip] = deque()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._clips)

    def put(self, request: ModelRequest) -> None:
        """Adds a request."""
        if isinstance(request, MakeClip):
            self._clips.append(request)
            return
        if isinstance(request, ForgetPlayer):
            self._clips = deque(clip for clip in self._clips if clip.player != request.player)
        if not isinstance(request, ContinueAnswer):
            stale = [
                waiting
                for waiting in self._waiting
                if isinstance(waiting, PrimeCall) and waiting.player == request.player
            ]
            for waiting in stale:
                self._waiting.remove(waiting)
        if isinstance(request, StartAnswer):
            self._came_s[id(request)] = self._now_s()
        self._waiting.append(request)

    def take(self) -> ModelRequest:
        """The oldest request, clips last; at least one must be waiting."""
        if not self._waiting:
            return self._clips.popleft()
        request = self._waiting.popleft()
        if isinstance(request, StartAnswer):
            waited_s = self._now_s() - self._came_s.pop(id(request))
            return replace(request, time_s=max(0.0, request.time_s - waited_s))
        return request

    def put_back(self, request: ModelRequest) -> None:
        """A request that has had a slice done and wants another, unless it was called off."""
        called_off = ForgetPlayer(request.player) in self._waiting
        if isinstance(request, MakeClip) and not called_off:
            self._clips.appendleft(request)
