
// Clips: reading the one that is selected, asking for others, writing them into empty slots.
var WRITE_MS = 30;
var MOST_WAITS = 20;
var MOST_SILENT_ASKS = 30;
var SHORTEST_BEATS = 1 / 128;
var SAME_BEATS = 0.002;
var SAME_VELOCITY = 0.6;
var WHAT = { extend: 0, vary: 1 };
var EXTRAS = ["probability", "velocity_deviation", "release_velocity"];

var asks = { last: 0, now: null };
var made = {};
var lastAnswer = null;
var writing = [];

var writer = new Alarm(writeStep);

// --- reading -------------------------------------------------------------------------------------

function selectedClip() {
    var clip = liveObject("live_set view detail_clip");
    return clip || liveObject("live_set view highlighted_clip_slot clip");
}

// The notes between a clip's loop points, or between its markers where it does not loop.
function readClip(clip) {
    var looping = number(clip, "looping") === 1;
    var start = number(clip, looping ? "loop_start" : "start_marker");
    var end = number(clip, looping ? "loop_end" : "end_marker");
    var text = clip.call("get_notes_extended", 0, 128, start, end - start);
    var notes = JSON.parse(String(text)).notes.filter(function (note) {
        return !note.mute && note.start_time >= start && note.start_time < end;
    });
    notes.forEach(function (note) {
        note.duration = Math.min(note.duration, end - note.start_time);
        note.start_time -= start;
    });
    return {
        notes: notes,
        length: end - start,
        looping: looping ? 1 : 0,
        numerator: number(clip, "signature_numerator"),
        denominator: number(clip, "signature_denominator")
    };
}

// --- asking --------------------------------------------------------------------------------------

function askForClips(what) {
    var clip, slot, source, place;
    if (!song.ready || link.state !== "linked") {
        say("No engine: " + START_ENGINE);
        return;
    }
    if (asks.now) {
        say("Still at the last clips");
        return;
    }
    clip = selectedClip();
    if (!clip || number(clip, "is_midi_clip") !== 1) {
        say("Select a MIDI clip first");
        return;
    }
    slot = liveObject("id " + idOf(clip, "canonical_parent"));
    place = slot && slot.type === "ClipSlot" ? placeOf(slot) : { track: song.trackId, index: -1 };
    source = readClip(clip);
    asks.last += 1;
    asks.now = {
        number: asks.last, what: WHAT[what], count: within(Math.floor(knobs.count), 1, 16),
        source: source, place: place, clip: 0, there: false, failed: false,
        written: {}, silent: 0
    };
    say("Asking for " + asks.now.count + " clips");
    sendAskedClip(asks.now);
}

function sendAskedClip(ask) {
    ask.clip = sendClip(2, ask.source.notes, ask.source.length, function (arrived) {
        if (asks.now !== ask) {
            return;
        }
        if (arrived) {
            ask.there = true;
            repeatAsk();
        } else {
            asks.now = null;
        }
    });
}

function repeatAsk() {
    var ask = asks.now;
    if (!ask || !ask.there) {
        return;
    }
    ask.silent += 1;
    if (ask.silent > MOST_SILENT_ASKS) {
        asks.now = null;
        say("No clip came: try again");
        return;
    }
    toEngine("/clip/ask", [link.device, ask.number, ask.clip, ask.what, ask.count, 0]);
}

function forgetAsk() {
    asks.now = null;
    made = {};
}

function onClipAsked(values) {
    var ask = asks.now;
    if (!ask || values[1] !== ask.number) {
        return;
    }
    ask.silent = 0;
    if (values[4] > 0 && !ask.failed) {
        // What is made already still comes.
        ask.failed = true;
        ask.count = values[2];
        say(errorText(values[4]));
        endAskIfDone(ask);
    }
}

function endAskIfDone(ask) {
    if (Object.keys(ask.written).length >= ask.count) {
        asks.now = null;
    }
}

function onClipMade(values) {
    var clip = values[4];
    made[clip] = made[clip] || {};
    made[clip].told = {
        ask: values[1], index: values[2], seed: values[5], temperature: values[7]
    };
    useClip(clip);
}

function onWholeClip(clip, kind, length, flat) {
    var notes = [];
    var place;
    for (place = 0; place < flat.length; place += VALUES_PER_NOTE) {
        notes.push({
            pitch: flat[place], velocity: flat[place + 1],
            start_time: flat[place + 2], duration: flat[place + 3]
        });
    }
    made[clip] = made[clip] || {};
    made[clip].content = { kind: kind, length: length, notes: notes };
    useClip(clip);
}

// What is told of a clip and what is in it come in any order.
function useClip(clip) {
    var told = made[clip].told;
    var content = made[clip].content;
    var ask = asks.now;
    if (!told || !content) {
        return;
    }
    delete made[clip];
    if (content.kind === 1) {
        lastAnswer = { content: content, told: told, model: jam.bundle };
    } else if (ask && told.ask === ask.number && !ask.written[told.index]) {
        ask.written[told.index] = true;
        ask.silent = 0;
        write(content, told, jam.bundle, ask.place, ask.source);
        endAskIfDone(ask);
    }
}

// --- writing -------------------------------------------------------------------------------------

function keepAnswer() {
    if (!lastAnswer) {
        say("Nothing to keep yet");
    } else if (!song.ready || song.trackId === 0) {
        say("No track to write on");
    } else {
        write(lastAnswer.content, lastAnswer.told, lastAnswer.model, keepPlace(), null);
    }
}

// Below the slot that is selected, if that is on the own track; else from the top.
function keepPlace() {
    var slot = liveObject("live_set view highlighted_clip_slot");
    var place = slot ? placeOf(slot) : { track: 0, index: -1 };
    return place.track === song.trackId ? place : { track: song.trackId, index: -1 };
}

function placeOf(slot) {
    var track = liveObject("id " + idOf(slot, "canonical_parent"));
    return { track: Number(track.id), index: ids(atomsOf(track, "clip_slots")).indexOf(Number(slot.id)) };
}

function write(content, told, model, place, source) {
    writing.push({
        notes: normalised(content.notes, content.length, source),
        length: content.length,
        looping: source ? source.looping : 1,
        numerator: source ? source.numerator : number(song.api, "signature_numerator"),
        denominator: source ? source.denominator : number(song.api, "signature_denominator"),
        name: clipName(told, model),
        color: clipColor(told, model),
        place: place, step: createSlot, slotId: 0, waits: 0, asDict: false
    });
    writer.soon(WRITE_MS);
}

function clipName(told, model) {
    return modelName(model) + " T" + told.temperature.toFixed(2) + " #" + told.seed;
}

// A hue for each model, brighter where the temperature is lower.
function clipColor(told, model) {
    var hue = (model * 0.61803 + 0.08) % 1;
    var light = within(0.78 - 0.2 * told.temperature, 0.3, 0.8);
    var parts = [0, 2 / 3, 1 / 3].map(function (shift) {
        var wave = Math.abs(((hue + shift) % 1) * 6 - 3) - 1;
        return Math.round(255 * (light + 0.35 * (within(wave, 0, 1) - 0.5)));
    }).map(function (part) {
        return within(part, 0, 255);
    });
    return parts[0] * 65536 + parts[1] * 256 + parts[2];
}

// Notes as Live will keep them: within the clip, no two of a pitch at once (the later one cuts the
// earlier), with what the source's same note had besides.
function normalised(notes, length, source) {
    var sorted = notes.map(function (note) {
        return {
            pitch: note.pitch,
            start_time: Math.max(0, note.start_time),
            duration: note.duration,
            velocity: within(note.velocity, 1, 127)
        };
    }).filter(function (note) {
        return note.start_time < length - SHORTEST_BEATS;
    }).sort(function (one, other) {
        return one.pitch - other.pitch || one.start_time - other.start_time;
    });
    var kept = [];
    sorted.forEach(function (note) {
        var before = kept[kept.length - 1];
        if (before && before.pitch === note.pitch) {
            if (note.start_time - before.start_time < SHORTEST_BEATS) {
                return;
            }
            before.duration = Math.min(before.duration, note.start_time - before.start_time);
        }
        note.duration = within(note.duration, SHORTEST_BEATS, length - note.start_time);
        kept.push(withExtras(note, source));
    });
    return kept;
}

function withExtras(note, source) {
    if (source) {
        source.notes.some(function (old) {
            var same = old.pitch === note.pitch &&
                Math.abs(old.start_time - note.start_time) < SAME_BEATS;
            if (same) {
                EXTRAS.forEach(function (name) {
                    if (old[name] !== undefined) {
                        note[name] = old[name];
                    }
                });
            }
            return same;
        });
    }
    return note;
}

// One step of one clip at a time: Live needs a moment between making a clip and filling it.
function writeStep() {
    var job = writing[0];
    if (!job) {
        return;
    }
    job.step = job.step(job);
    if (!job.step) {
        writing.shift();
    }
    if (writing.length > 0) {
        writer.soon(WRITE_MS);
    }
}

function createSlot(job) {
    var slot = emptySlot(job.place);
    if (!slot) {
        writing = [job];
        say("All slots are full: nothing was overwritten");
        return null;
    }
    job.slotId = Number(slot.id);
    slot.call("create_clip", job.length);
    return fillClip;
}

function emptySlot(place) {
    var track = liveObject("id " + place.track);
    var slots = track ? ids(atomsOf(track, "clip_slots")) : [];
    var first = place.index + 1;
    var found = null;
    slots.slice(first).concat(slots.slice(0, first)).some(function (id) {
        var slot = liveObject("id " + id);
        found = slot && number(slot, "has_clip") === 0 ? slot : null;
        return found !== null;
    });
    return found;
}

// The clip that was made, once it is there.
function clipOf(job) {
    var slot = liveObject("id " + job.slotId);
    var id = slot ? idOf(slot, "clip") : 0;
    return id > 0 ? liveObject("id " + id) : null;
}

function fillClip(job) {
    var clip = clipOf(job);
    if (!clip) {
        job.waits += 1;
        if (job.waits < MOST_WAITS) {
            return fillClip;
        }
        say("Live made no clip on this track");
        return null;
    }
    clip.set("name", job.name);
    clip.set("color", job.color);
    clip.set("signature_numerator", job.numerator);
    clip.set("signature_denominator", job.denominator);
    clip.set("looping", job.looping);
    clip.call("add_new_notes", job.asDict ? asDict(job.notes) : { notes: job.notes });
    return checkClip;
}

function asDict(notes) {
    var dict = new Dict();
    dict.parse(JSON.stringify({ notes: notes }));
    return dict;
}

function checkClip(job) {
    var clip = clipOf(job);
    var there = clip ? readClip(clip).notes : [];
    var missing;
    if (!clip) {
        say("The clip was deleted meanwhile");
        return null;
    }
    missing = missingNotes(job.notes, there);
    if (missing === job.notes.length && missing > 0 && !job.asDict) {
        job.asDict = true;
        return fillClip;
    }
    say(missing === 0 ? "Clip written" : "Clip written: " + missing + " notes missing");
    return null;
}

function missingNotes(wanted, there) {
    return wanted.filter(function (note) {
        return !there.some(function (other) {
            return other.pitch === note.pitch &&
                Math.abs(other.start_time - note.start_time) < SAME_BEATS &&
                Math.abs(other.duration - note.duration) < SAME_BEATS &&
                Math.abs(other.velocity - note.velocity) < SAME_VELOCITY;
        });
    }).length;
}
