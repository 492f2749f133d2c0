
autowatch = 0;
inlets = 1;
outlets = 2;

// Everything here runs in Max's low-priority thread. No note's time depends on it: what must be in
// time runs in Max objects. Strings never go to the engine, and the texts shown are few: each new
// one would stay in Live's memory for ever.
var NETWORK = 0;
var PATCH = 1;
var TICKS_PER_BEAT = 480;
var INT_END = 2147483648;

function toEngine(address, values) {
    outlet(NETWORK, [address].concat(values));
}

function toPatch(word, values) {
    outlet(PATCH, [word].concat(values));
}

function within(value, low, high) {
    return Math.max(low, Math.min(high, value));
}

function randomNumber() {
    return 1 + Math.floor(Math.random() * (INT_END - 2));
}

// A Task that does something once, and again only when it is asked to.
function Alarm(action) {
    this.waiting = false;
    this.task = new Task(function () {
        this.waiting = false;
        action();
    }, this);
}

Alarm.prototype.after = function (delayMs) {
    this.task.cancel();
    this.waiting = true;
    this.task.schedule(delayMs);
};

Alarm.prototype.soon = function (delayMs) {
    if (!this.waiting) {
        this.after(delayMs);
    }
};

Alarm.prototype.stop = function () {
    this.waiting = false;
    this.task.cancel();
};
