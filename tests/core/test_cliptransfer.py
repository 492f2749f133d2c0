"""Clips over a network that loses, doubles and reorders: exact, once, or a clear failure."""

from __future__ import annotations

import heapq
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.cliptransfer import (
    MAX_SENDINGS,
    RESEND_S,
    ClipReceiver,
    ClipSender,
    note_values,
    notes_crc,
)
from bridge.core.notes import Note, Phrase
from bridge.core.protocol import CLIP_IS_ANSWER, CLIP_NOTES_PER_CHUNK, MAX_CLIP_CHUNKS, Message
from bridge.core.wire import parse_packet
from bridge.errors import ClipTransferFailed
from bridge.io.osc_packet import encode

notes_of_a_clip = st.lists(
    st.builds(
        Note,
        pitch=st.integers(0, 127),
        velocity=st.integers(1, 127),
        start_beats=st.floats(0.0, 64.0, width=32),
        duration_beats=st.floats(0.015625, 8.0, width=32),
        channel=st.integers(0, 15),
    ),
    max_size=160,
)


def transfer(
    phrase: Phrase, *, loss: float, seed: int, patience_s: float = 5.0
) -> tuple[list[Phrase], float]:
    """Send a clip both ways over a bad network; returns what arrived and how long it took."""
    chance = random.Random(seed)
    sender = ClipSender(7, 1, CLIP_IS_ANSWER, phrase)
    receiver = ClipReceiver()
    arrived: list[Phrase] = []
    way: list[tuple[float, int, Message]] = []
    now_s, count = 0.0, 0

    def post(message: Message) -> None:
        nonlocal count
        for _ in range(2 if chance.random() < loss else 1):
            if chance.random() >= loss:
                count += 1
                heapq.heappush(way, (now_s + chance.uniform(0.0, 0.02), count, message))

    while not sender.done:
        for chunk in sender.due(now_s):
            post(chunk)
        now_s = min([sender.next_due_s(), *(at_s for at_s, _, _ in way[:1])])
        assert now_s < patience_s
        while way and way[0][0] <= now_s:
            _, _, message = heapq.heappop(way)
            if message.address == "/clip/ack":
                sender.acknowledged(message.int_of("have_lo"), message.int_of("have_hi"))
                continue
            clip = receiver.take(message, now_s)
            if clip is not None:
                arrived.append(clip)
            post(receiver.acknowledgement(7, message.int_of("clip")))
    return arrived, now_s


@settings(max_examples=60, deadline=None)
@given(notes=notes_of_a_clip, seed=st.integers(0, 10_000), loss=st.sampled_from([0.0, 0.1, 0.2]))
def test_a_clip_arrives_exactly_and_once(notes: list[Note], seed: int, loss: float) -> None:
    phrase = Phrase.of(notes, 64.0)
    try:
        arrived, _ = transfer(phrase, loss=loss, seed=seed)
    except ClipTransferFailed:
        assert loss == 0.2, "a fifth lost each way may be too much; a tenth may not"
        return
    assert arrived == [phrase]


@pytest.mark.parametrize("seed", range(8))
def test_five_hundred_notes_at_ten_percent_loss_both_ways(seed: int) -> None:
    phrase = Phrase.of([Note(i % 128, 1 + i % 127, i * 0.125, 0.25) for i in range(500)], 62.5)
    arrived, took_s = transfer(phrase, loss=0.1, seed=seed)
    assert arrived == [phrase]
    assert took_s < 0.5


def test_an_empty_clip_is_a_clip() -> None:
    arrived, _ = transfer(Phrase((), 8.0), loss=0.0, seed=1)
    assert arrived == [Phrase((), 8.0)]


def test_every_chunk_is_one_datagram_that_the_parser_takes() -> None:
    phrase = Phrase.of([Note(i % 128, 100, i * 0.25, 0.2) for i in range(200)], 64.0)
    chunks = ClipSender(7, 1, CLIP_IS_ANSWER, phrase).due(0.0)
    assert len(chunks) == 5
    for chunk in chunks:
        [(address, values)] = parse_packet(encode(chunk))
        assert (address, values) == (chunk.address, chunk.values)


def test_no_more_than_sixteen_chunks_are_on_the_way_at_once() -> None:
    phrase = Phrase.of([Note(60, 100, i * 0.01, 0.01) for i in range(2000)], 64.0)
    assert len(ClipSender(7, 1, CLIP_IS_ANSWER, phrase).due(0.0)) == 16


def test_a_clip_too_large_is_refused_with_the_limit() -> None:
    most = MAX_CLIP_CHUNKS * CLIP_NOTES_PER_CHUNK
    notes = [Note(60, 100, float(i), 0.5) for i in range(most + 1)]
    with pytest.raises(ClipTransferFailed, match=str(most)):
        ClipSender(7, 1, CLIP_IS_ANSWER, Phrase.of(notes, 4000.0))


def test_a_device_that_never_answers_is_given_up() -> None:
    sender = ClipSender(7, 1, CLIP_IS_ANSWER, Phrase.of([Note(60, 100, 0.0, 1.0)], 4.0))
    for sending in range(MAX_SENDINGS):
        assert len(sender.due(1.5 * sending * RESEND_S)) == 1
    with pytest.raises(ClipTransferFailed, match="did not reach"):
        sender.due(1.5 * MAX_SENDINGS * RESEND_S)


def test_a_flipped_bit_is_seen_and_the_clip_can_be_sent_again() -> None:
    phrase = Phrase.of([Note(60, 100, 0.0, 1.0)], 4.0)
    [chunk] = ClipSender(7, 1, CLIP_IS_ANSWER, phrase).due(0.0)
    damaged = Message(chunk.spec, (*chunk.values[:7], 61, *chunk.values[8:]))
    receiver = ClipReceiver()
    with pytest.raises(ClipTransferFailed, match="CRC"):
        receiver.take(damaged, 0.0)
    assert receiver.take(chunk, 0.1) == phrase


def test_chunks_that_contradict_each_other_are_refused() -> None:
    phrase = Phrase.of([Note(60, 100, i * 0.1, 0.1) for i in range(60)], 8.0)
    other = Phrase.of([Note(61, 100, i * 0.1, 0.1) for i in range(60)], 8.0)
    first = ClipSender(7, 1, CLIP_IS_ANSWER, phrase).due(0.0)[0]
    second = ClipSender(7, 1, CLIP_IS_ANSWER, other).due(0.0)[1]
    receiver = ClipReceiver()
    receiver.take(first, 0.0)
    with pytest.raises(ClipTransferFailed, match="contradict"):
        receiver.take(second, 0.0)


def test_two_clips_may_come_mixed_and_a_late_chunk_of_an_old_one_breaks_nothing() -> None:
    phrases = [
        Phrase.of([Note(50 + clip, 100, i * 0.125, 0.125) for i in range(100)], 16.0)
        for clip in range(2)
    ]
    one, two = (ClipSender(7, 1 + i, CLIP_IS_ANSWER, p).due(0.0) for i, p in enumerate(phrases))
    receiver = ClipReceiver()
    mixed = [one[0], two[0], one[1], two[1], one[2], one[0], two[2], two[0]]
    whole = [receiver.take(chunk, 0.01 * i) for i, chunk in enumerate(mixed)]
    assert whole == [None, None, None, None, phrases[0], None, phrases[1], None]
    acknowledged = [receiver.acknowledgement(7, clip).int_of("have_lo") for clip in (1, 2)]
    assert acknowledged == [0b111, 0b111]


def test_a_number_used_again_for_another_clip_is_a_new_clip() -> None:
    first, second = (Phrase.of([Note(pitch, 100, 0.0, 1.0)], 4.0) for pitch in (60, 61))
    receiver = ClipReceiver()
    for phrase in (first, second):
        [chunk] = ClipSender(7, 1, CLIP_IS_ANSWER, phrase).due(0.0)
        assert receiver.take(chunk, 0.0) == phrase


def test_the_crc_is_over_what_the_wire_carries() -> None:
    assert notes_crc([note_values(Note(60, 100, 1 / 3, 0.1))]) == notes_crc(
        [(60, 100.0, 0.3333333432674408, 0.10000000149011612, 0)]
    )
