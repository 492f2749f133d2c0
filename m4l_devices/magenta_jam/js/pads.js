
// Pads that launch clips: with Clip Pads on, a clip launched on the device's own track is the call.
// It is read and sent; the answer is asked for in the last bar of its first time round. Meanwhile
// the notes that the clip plays are not sent as a call of their own.
var pads = { track: null, playing: -1, fired: -1, heard: 1, pending: false };

var padsWait = new Alarm(followPads);
var goWait = new Alarm(function () {
    if (link.state === "linked") {
        toEngine("/go", [link.device]);
    }
});

function makePads() {
    pads.track = song.trackId > 0 ? liveObject("id " + song.trackId) : null;
    pads.playing = -1;
    pads.fired = -1;
    if (!pads.track) {
        return;
    }
    ["playing_slot_index", "fired_slot_index"].forEach(function (name) {
        observe("id " + song.trackId, name, padsChanged);
    });
}

function padsChanged() {
    padsWait.soon(1);
}

function followPads() {
    var before = pads.playing;
    if (!pads.track) {
        return;
    }
    pads.playing = number(pads.track, "playing_slot_index");
    pads.fired = number(pads.track, "fired_slot_index");
    hearKeys(knobs.clips === 1 && (pads.playing >= 0 || pads.fired >= 0) ? 0 : 1);
    if (pads.playing === before) {
        return;
    }
    goWait.stop();
    if (knobs.clips === 1 && pads.playing >= 0 && before !== pads.playing) {
        callWithClip(pads.playing);
    }
}

function hearKeys(heard) {
    if (heard !== pads.heard) {
        pads.heard = heard;
        toPatch("hear", [heard]);
    }
}

function callWithClip(index) {
    var slotId = ids(atomsOf(pads.track, "clip_slots"))[index] || 0;
    var slot = liveObject("id " + slotId);
    var clipId = slot ? idOf(slot, "clip") : 0;
    var clip = clipId > 0 ? liveObject("id " + clipId) : null;
    var content, beats;
    if (!clip || number(clip, "is_midi_clip") !== 1 || link.state !== "linked") {
        return;
    }
    content = readClip(clip);
    // In the middle of its last bar: late enough for the bar line at its end, early enough for it.
    beats = Math.max(0, content.length - barBeats(song.api) / 2);
    sendClip(0, content.notes, content.length, function (arrived) {
        if (arrived && pads.playing === index) {
            goWait.after(beats * 60000 / number(song.api, "tempo"));
        }
    });
}
