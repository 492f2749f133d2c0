
// The status line: one text for each thing that can be so, and notices that pass.
var NOTICE_MS = 4000;
var START_ENGINE = "run magenta-bridge run";

// Sentences for the codes of /error (docs/protocol.md).
var ERRORS = {
    202: "Press Play in Live first",
    324: "The engine refuses a value: see its window",
    327: "Device and engine do not match: magenta-bridge devices",
    328: "Wrong token: set Token as in the engine",
    401: "Not now",
    402: "Nothing to answer: play a phrase first",
    403: "A clip did not arrive: try again",
    404: "No player is free: remove a device",
    405: "That player is not there",
    406: "Still at the clips before",
    407: "Panic ended the making of clips: ask again",
    501: "The model's bundle is missing",
    502: "The model's bundle is damaged",
    503: "This model can't take that phrase",
    504: "The model was too slow",
    505: "The model failed and is started again"
};
var REFUSALS = [327, 328, 404];

var shownStatus = "";
var notice = "";
var jam = { state: 0, bar: 0, bars: 0, bundle: -1, playing: false };

var noticeEnd = new Alarm(function () {
    notice = "";
    showStatus();
});

function say(text) {
    notice = text;
    noticeEnd.after(NOTICE_MS);
    showStatus();
}

function errorText(code) {
    return ERRORS[code] || "Engine error " + code + ": see its window";
}

function showStatus() {
    var text = notice || situation();
    if (text !== shownStatus) {
        shownStatus = text;
        toPatch("status", [text]);
    }
}

function situation() {
    if (link.state === "boot") { return "Starting"; }
    if (link.state === "port") { return "Connecting"; }
    if (link.state === "no port") { return "No free port: remove other devices"; }
    if (link.state !== "linked") { return link.refusal || awayText(); }
    if (jam.bundle < 0) { return "Loading model"; }
    return jamText();
}

function awayText() {
    return (link.state === "lost" ? "Engine lost: " : "Engine not running: ") + START_ENGINE;
}

function jamText() {
    var of = jam.bars > 0 ? "/" + jam.bars : "";
    var bar = jam.bar > 0 ? " (bar " + jam.bar + of + ")" : "";
    switch (jam.state) {
    case 1: return "Listening" + bar;
    case 2: return "Thinking";
    case 3: return "Playing" + bar;
    case 4: return "Looping" + bar;
    case 5: return "Playing and listening" + bar;
    default: return jam.playing ? "Ready: " + modelName(jam.bundle) : "Ready: press Play in Live";
    }
}

function onState(values) {
    jam.state = values[0];
    jam.bar = values[1];
    jam.bars = values[2];
    showStatus();
}

function onScore(values) {
    toPatch("score", [hundredths(values[2]), hundredths(values[3]), values[1]]);
}

function hundredths(value) {
    return Math.round(value * 100) / 100;
}

function onError(values) {
    var code = values[0];
    if (link.state === "linked" && code === 326) {
        loseLink();
    } else if (link.state !== "linked") {
        if (REFUSALS.indexOf(code) >= 0) {
            link.refusal = errorText(code);
            link.refusedAgo = 0;
            showStatus();
        }
    } else {
        say(errorText(code));
    }
}
