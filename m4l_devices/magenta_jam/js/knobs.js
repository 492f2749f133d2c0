
// The knobs: what each says to the engine. A knob that is turned is told at most 30 times a second;
// after a welcome all are told.
var KNOB_MS = 34;
var REPLY = 0;
var CONTINUE = 1;
var FILL = 2;
var LOOP = 3;
var CONTINUE_MEMORY_BARS = 8;
var FILL_CALL_BARS = 3;
var NEAR = 0.0001;

var knobs = {
    temperature: 1, density: 0, feel: 100, register_bias: 0, variety: 0, top_p: 1, mode: REPLY,
    bundle: 0, answer_bars: 0, memory_bars: 0, listen: 0, scale: 0, call_bars: 0,
    silence_bars: 1, lock: 0, candidates: 1, seed: -1, count: 4, key_low: 36, key_count: 0,
    solo: 0, clips: 0
};
var told = {};

var knobWait = new Alarm(function () {
    if (tellKnobs() > 0) {
        knobWait.after(KNOB_MS);
    }
});

// What the engine should know now, as /param/<name>.
function parameters() {
    var fill = knobs.mode === FILL;
    var going = knobs.mode === CONTINUE;
    var answer = Math.floor(knobs.answer_bars);
    if (fill) {
        answer = Math.max(1, answer);
    }
    return {
        bundle: Math.floor(knobs.bundle),
        temperature: within(knobs.temperature, 0.1, 2),
        answer_bars: answer,
        call_bars: fill ? Math.min(32, FILL_CALL_BARS * answer) : Math.floor(knobs.call_bars),
        silence_bars: within(Math.floor(knobs.silence_bars), 1, 8),
        loop: knobs.mode === LOOP ? 1 : 0,
        overlap: going ? 1 : 0,
        feel: within(knobs.feel / 100, 0, 1),
        seed: Math.max(-1, Math.floor(knobs.seed)),
        density: within(knobs.density, -1, 1),
        register_bias: within(knobs.register_bias, -1, 1),
        variety: within(knobs.variety, 0, 1),
        top_p: within(knobs.top_p, 0.05, 1),
        scale: knobs.scale === 1 ? song.scaleMask : 0,
        lock: Math.floor(knobs.lock),
        candidates: within(Math.floor(knobs.candidates), 1, 32),
        memory_bars: Math.max(Math.floor(knobs.memory_bars), going ? CONTINUE_MEMORY_BARS : 0),
        listen: Math.floor(knobs.listen)
    };
}

// Returns how many were told.
function tellKnobs() {
    var now = parameters();
    var count = 0;
    var name;
    if (link.state !== "linked") {
        return 0;
    }
    for (name in now) {
        if (now.hasOwnProperty(name) && told[name] !== now[name]) {
            told[name] = now[name];
            toEngine("/param/" + name, [link.device, now[name]]);
            count += 1;
        }
    }
    return count;
}

function knobsChanged() {
    if (!knobWait.waiting && tellKnobs() > 0) {
        knobWait.after(KNOB_MS);
    }
}

function sendAllKnobs() {
    told = {};
    knobWait.stop();
    knobsChanged();
}

function onKnob(name, value) {
    if (!knobs.hasOwnProperty(name) || knobs[name] === value) {
        return;
    }
    knobs[name] = value;
    if (name === "clips") {
        padsChanged();
    }
    if (name === "scale") {
        sayScale();
    }
    knobsChanged();
}

// Somebody else has turned it: the dial follows without a word, and the engine isn't told its own.
// What several knobs make together (loop, overlap) has no dial of its own and stays as it is here.
function onTold(values) {
    var dial = DIALS[values[1]];
    var name = dial && dial.name;
    var value = dial && values[2] * dial.factor;
    if (!dial || value < dial.low - NEAR || value > dial.high + NEAR) {
        return;
    }
    knobs[name] = value;
    told[name] = parameters()[name];
    toPatch("dial", [name, value]);
}
