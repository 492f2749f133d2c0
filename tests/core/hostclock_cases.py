"""What the host clock's tests share: a scripted song in three kinds of clock, and its run."""

from bridge.core.hostclock import (
    DiscontinuityKind,
    HostClock,
)
from tests.fakes.follow import follow
from tests.fakes.network import (
    PERFECT,
)
from tests.fakes.song import ScriptedSong

START, STOP, CONTINUE, JUMP, LOOP_WRAP, TEMPO, SIGNATURE = DiscontinuityKind

STAMPED, TOLD, BARE = "sender time", "beat count with tempo", "bare clock"


def song_of(mode, tempo_qpm=120.0, **fields):
    zero = 77.0 if mode == STAMPED else None
    return ScriptedSong(tempo_qpm, sender_zero_s=zero, tells_tempo=mode != BARE, **fields)


def run(song, network=PERFECT, seed=1, drop=lambda sample: False):
    clock = HostClock()
    song.messages = [message for message in song.messages if not drop(message[1])]
    followed = follow(song, network, seed, clock)
    return clock, followed, [one for _, found in followed.breaks for one in found]


def kinds(found):
    return [one.kind for one in found]
