from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.midibytes import Key, is_clock, key_of, messages, releases_all


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_and_only_whole_messages_come_out(data):
    for message in messages(data):
        assert message[0] >= 0x80
        assert all(byte < 0x80 for byte in message[1:])
        key_of(message), is_clock(message), releases_all(message)


whole = st.one_of(
    st.builds(
        lambda status, a, b: bytes((status, a, b)),
        st.integers(0x80, 0xBF),
        st.integers(0, 127),
        st.integers(0, 127),
    ),
    st.builds(lambda status, a: bytes((status, a)), st.integers(0xC0, 0xDF), st.integers(0, 127)),
    st.sampled_from([b"\xf8", b"\xfa", b"\xfb", b"\xfc", b"\xfe", b"\xf2\x10\x01", b"\xf6"]),
)


@given(st.lists(whole, max_size=30))
def test_messages_in_one_packet_come_out_as_they_went_in(sent):
    assert list(messages(b"".join(sent))) == sent


def test_a_clock_tick_in_the_middle_of_a_note_is_heard_and_the_note_is_whole():
    assert list(messages(b"\x90\x3c\xf8\x64")) == [b"\xf8", b"\x90\x3c\x64"]


def test_exclusive_and_loose_bytes_are_dropped():
    data = b"\x05\x06\xf0\x7e\x01\x02\xf7\x07\x90\x3c\x64\x11"
    assert list(messages(data)) == [b"\x90\x3c\x64"]


def test_keys():
    assert key_of(b"\x93\x3c\x64") == Key(60, 100, 3)
    assert key_of(b"\x93\x3c\x00") == Key(60, 0, 3)
    assert key_of(b"\x83\x3c\x40") == Key(60, 0, 3)
    assert key_of(b"\xb0\x01\x40") is None
    assert key_of(b"\xf8") is None
    assert releases_all(b"\xb5\x7b\x00")
    assert not releases_all(b"\xb5\x40\x00")
