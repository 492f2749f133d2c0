"""Push 2's bytes, in both directions, by the manual's own examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.push2 import hardware as hw
from bridge.core.push2.hardware import ALL_LEDS, DARK, Colour, Led, Light, Pace, Shade, button, pad
from bridge.core.push2.heard import (
    ButtonPressed,
    ButtonReleased,
    IdentityTold,
    KnobTouched,
    KnobTurned,
    ModeTold,
    PadPressed,
    PadReleased,
    StripTold,
    heard,
)
from bridge.core.push2.lamps import Lamps
from bridge.core.push2.strip import AS_NEW, Strip
from tests.fakes import push2 as fake
from tests.fakes.push2 import FakePush2, Refused, Shown


@pytest.mark.parametrize(
    ("led", "light", "data"),
    [
        (pad(7, 7), Light(Colour.RED), ["90 63 7f"]),
        (pad(0, 0), Light(Colour.GREEN), ["90 24 7e"]),
        (button(hw.MUTE), DARK, ["b0 3c 00"]),
        (button(hw.TAP), Light(Shade.BLACK), ["b0 03 00"]),
        (button(hw.MUTE), Light(Colour.BLUE, Pace.BLINK_HALF), ["b0 3c 00", "bf 3c 7d"]),
        (pad(0, 0), Light(126, Pace.PULSE_QUARTER, 124), ["90 24 7c", "99 24 7e"]),
    ],
)
def test_the_manuals_examples_of_lights(led: Led, light: Light, data: list[str]) -> None:
    assert [one.hex(" ") for one in hw.light_messages(led, light)] == data


def test_the_manuals_example_of_the_strip() -> None:
    shades = [7 if led % 4 == 0 else 4 for led in range(31)]
    written = "f0 00 21 1d 01 01 19 27 24 27 24 27 24 27 24 27 24 27 24 27 24 27 04 f7"
    # Each fourth LED at full brightness, the others half lit.
    assert hw.strip_lights(shades).hex(" ") == written


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("90 24 7f", [PadPressed(0, 0, 127)]),
        ("90 2b 01", [PadPressed(7, 0, 1)]),
        ("80 63 00", [PadReleased(7, 7)]),
        ("b0 09 7f", [ButtonPressed(9)]),
        ("b0 09 00", [ButtonReleased(9)]),
        ("b0 4f 01", [KnobTurned(79, 1)]),
        ("b0 4f 0a", [KnobTurned(79, 10)]),
        ("b0 0e 7f", [KnobTurned(14, -1)]),
        ("b0 0e 7c", [KnobTurned(14, -4)]),
        ("90 00 7f", [KnobTouched(71, True)]),
        ("90 0a 00", [KnobTouched(14, False)]),
        ("f0 00 21 1d 01 01 0a 01 f7", [ModeTold(1)]),
        ("f0 00 21 1d 01 01 18 25 f7", [StripTold(0x25)]),
        ("d0 7f", []),
        ("a0 24 7f", []),
        ("e0 40 7f", []),
        ("90 0c 7f", []),
        ("f0 00 21 1d 01 01 0a", []),
        ("f0 f7", []),
        ("f0", []),
        ("", []),
        ("90 24", []),
        ("91 24 7f", []),
    ],
)
def test_what_the_device_says(data: str, found: list[object]) -> None:
    assert list(heard(bytes.fromhex(data))) == found


def test_a_push_2_says_who_it_is_and_another_device_too() -> None:
    (told,) = heard(fake.IDENTITY)
    assert told == IdentityTold(True, "Push 2, firmware 1.0.47")
    other = bytes.fromhex("f0 7e 01 06 02 00 20 29 13 01 00 00 00 01 00 00 f7")
    (told,) = heard(other)
    assert isinstance(told, IdentityTold)
    assert not told.is_push2


@given(st.binary(max_size=40))
def test_no_bytes_upset_the_reader(data: bytes) -> None:
    list(heard(data))


@given(st.lists(st.integers(0, 7), min_size=31, max_size=31))
def test_every_strip_picture_arrives_as_it_was_meant(shades: list[int]) -> None:
    device = FakePush2()
    device.take(hw.command(hw.SET_STRIP, hw.STRIP_OURS))
    device.take(hw.strip_lights(shades))
    assert list(device.strip) == shades


LIGHTS = st.builds(Light, st.sampled_from(Colour), st.sampled_from(Pace), st.sampled_from(Colour))
PAD_PICTURES = st.dictionaries(st.sampled_from([led for led in ALL_LEDS if led.is_pad]), LIGHTS)


@given(st.lists(st.one_of(PAD_PICTURES, st.none()), max_size=8), st.integers(1, 40))
def test_whatever_is_wanted_the_device_ends_with_it_in_few_messages(pictures, most) -> None:
    device, lamps = FakePush2(), Lamps()
    wanted: dict[Led, Light] = {}
    for picture in pictures:
        if picture is None:
            device.wipe()
            lamps.forget()
        else:
            wanted = picture
            lamps.want(picture)
        for data in lamps.take(most):
            device.take(data)
    while lamps.waiting:
        before = lamps.waiting
        sent = lamps.take(most)
        assert len(sent) <= 2 * most
        assert lamps.waiting == max(0, before - most)
        for data in sent:
            device.take(data)
    for led in ALL_LEDS:
        light = wanted.get(led, DARK)
        still = light.pace is Pace.STILL
        shown = Shown(light.colour, light.pace, 0 if still else light.start)
        assert device.leds[led.is_pad, led.number] == shown
    lamps.want(wanted)
    assert lamps.take(1000) == []


def test_the_strip_is_borrowed_and_given_back() -> None:
    device, strip = FakePush2(strip_flags=0x0C), Strip()

    def send(now_s: float) -> None:
        for data in strip.take(now_s):
            for reply in device.take(data):
                for told in heard(reply):
                    assert isinstance(told, StripTold)
                    strip.told(told.flags)

    send(0.0)
    assert device.strip_flags == 0x0C, "nobody has touched anything"
    strip.want((True,) * 10 + (False,) * 21)
    send(0.1)
    send(0.2)
    assert device.strip_flags == hw.STRIP_OURS
    assert device.strip == (7,) * 10 + (0,) * 21
    strip.want(None)
    send(0.3)
    assert device.strip_flags == 0x0C
    assert strip.take(0.4) == []


def test_a_strip_that_was_left_ours_by_an_engine_that_died_becomes_the_devices_again() -> None:
    strip = Strip()
    strip.want((True,) * 31)
    assert strip.take(0.0) == [hw.command(hw.GET_STRIP)]
    assert strip.take(0.1) == [], "it is not asked again at once"
    strip.told(hw.STRIP_OURS)
    strip.take(0.2)
    strip.want(None)
    assert strip.take(0.3)[-1] == hw.command(hw.SET_STRIP, AS_NEW)


@pytest.mark.parametrize(
    "data",
    [
        "90 23 7f", "90 64 7f", "b0 02 7f", "90 24", "90 24 7f 00", "90 24 80", "24 7f",
        "99 24 7e", "80 24 00", "e0 00 40", "f2 00 00", "fe", "b0 31 7f ff", "90 24 05",
        "b0 31 40", "f0 00 21 1d 01 01 19 00 f7", "f0 00 21 1d 01 01 7f f7",
        "f0 00 21 1d 01 01 06 40 f7", "f0 00 21 1d 01 02 05 f7", "f0 7e 01 06 02 f7",
        "f0 00 21 1d 01 01 0a 03 f7", "f0 00 21 1d 01 01 18", "f0 00 21 1d 01 01 17 03",
    ],
)  # fmt: skip
def test_the_simulated_device_refuses_what_the_manual_does_not_know(data: str) -> None:
    with pytest.raises(Refused):
        FakePush2().take(bytes.fromhex(data))
