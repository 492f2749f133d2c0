
// Live's song and the device's own track. Everything of LiveAPI is made anew whenever
// live.thisdevice bangs, never before, and never in a callback: a callback only marks what changed.
var SETTLE_MS = 10;
var SCALE_SINCE = 12;

var song = { ready: false, version: 0, api: null, trackId: 0, scaleMask: 0, loop: "", observers: [] };

var songWait = new Alarm(readSong);

function ignored() {
    return undefined;
}

// A LiveAPI object, or null where there is nothing.
function liveObject(path) {
    var api = new LiveAPI(ignored, path);
    return Number(api.id) > 0 ? api : null;
}

// LiveAPI gives a list, or a bare 0 where the object is gone.
function atomsOf(api, name) {
    return [].concat(api.get(name));
}

function number(api, name) {
    return Number(atomsOf(api, name)[0]) || 0;
}

// Ids of a list of objects: ["id", 3, "id", 4] is [3, 4].
function ids(atoms) {
    return atoms.filter(function (atom) {
        return atom !== "id";
    }).map(Number);
}

function idOf(api, name) {
    return ids(atomsOf(api, name))[0] || 0;
}

function observe(path, name, mark) {
    var api = new LiveAPI(mark, path);
    api.property = name;
    song.observers.push(api);
}

function songChanged() {
    songWait.soon(SETTLE_MS);
}

function makeSong() {
    song.observers.forEach(function (api) {
        api.property = "";
    });
    song.observers = [];
    song.ready = true;
    song.version = Number(liveObject("live_app").call("get_major_version"));
    song.api = liveObject("live_set");
    song.trackId = ownTrackId();
    watched().forEach(function (name) {
        observe("live_set", name, songChanged);
    });
    makePads();
    readSong();
}

function watched() {
    var properties = ["loop", "loop_start", "loop_length", "is_playing"];
    if (song.version >= SCALE_SINCE) {
        properties = properties.concat(["scale_mode", "root_note", "scale_name"]);
    }
    return properties;
}

function ownId() {
    var device = liveObject("this_device");
    return device ? Number(device.id) : 0;
}

// Up from the device through any racks to its track.
function ownTrackId() {
    var at = liveObject("this_device");
    while (at && at.type !== "Track") {
        at = liveObject("id " + idOf(at, "canonical_parent"));
    }
    return at ? Number(at.id) : 0;
}

// Whoever drags the device to another track may leave it running, and no bang tells.
function followTrack() {
    if (song.ready && ownTrackId() !== song.trackId) {
        makeSong();
    }
}

function readSong() {
    var start = Math.round(number(song.api, "loop_start") * TICKS_PER_BEAT);
    var length = Math.round(number(song.api, "loop_length") * TICKS_PER_BEAT);
    var loop = number(song.api, "loop") ? [start, length] : [0, 0];
    if (loop.join() !== song.loop) {
        song.loop = loop.join();
        toPatch("loop_ticks", loop);
    }
    jam.playing = number(song.api, "is_playing") === 1;
    song.scaleMask = readScale();
    knobsChanged();
    showStatus();
}

// Live's scale as twelve bits, C first; 0 where it has none to keep to.
function readScale() {
    var root, mask;
    if (song.version < SCALE_SINCE || number(song.api, "scale_mode") !== 1) {
        return 0;
    }
    root = number(song.api, "root_note");
    mask = 0;
    atomsOf(song.api, "scale_intervals").forEach(function (interval) {
        mask |= 1 << ((root + Number(interval)) % 12);
    });
    return mask;
}

function sayScale() {
    if (!song.ready || knobs.scale !== 1 || song.scaleMask !== 0) {
        return;
    }
    say(song.version < SCALE_SINCE ? "Scale needs Live 12" : "Turn on Scale in Live's top bar");
}

function barBeats(api) {
    return number(api, "signature_numerator") * 4 / number(api, "signature_denominator");
}
