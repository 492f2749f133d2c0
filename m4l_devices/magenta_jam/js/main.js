
// What the patch says, always by way of deferlow.

// live.thisdevice has banged: the device was loaded, or saved, or a preset was recalled.
function init() {
    makeSong();
    if (link.state === "boot") {
        bootLink(ownId());
    }
    showStatus();
}

function enabled(on) {
    if (!on && link.state === "linked") {
        toEngine("/panic", [link.device]);
    }
}

function param(name, value) {
    onKnob(name, value);
}

function stored(name, value) {
    if (!engine.hasOwnProperty(name) || engine[name] === Math.floor(value)) {
        return;
    }
    engine[name] = Math.floor(value);
    if (link.state !== "boot") {
        addressWait.after(SETTLE_MS);
    }
}

function button(name) {
    followTrack();
    if (name === "keep") {
        keepAnswer();
    } else if (WHAT.hasOwnProperty(name)) {
        askForClips(name);
    }
}

// Addresses whose first value is a device's number: another device's are not ours.
var NAMED = {
    "/welcome": onWelcome, "/heartbeat": onHeartbeat, "/clip/chunk": onClipChunk,
    "/clip/ack": onClipAck, "/clip/asked": onClipAsked, "/clip/made": onClipMade,
    "/told": onTold
};
var PLAIN = {
    "/bundle": onBundle, "/bundle/name": onBundleName, "/state": onState, "/score": onScore
};

function osc() {
    var values = arrayfromargs(arguments);
    var address = values.shift();
    if (address === "/port_proof") {
        onPortProof(values);
    } else if (address === "/error") {
        onError(values);
    } else if (address === "/welcome" && values[0] === link.device) {
        if (link.state !== "boot" && link.state !== "port") {
            onWelcome(values);
        }
    } else if (link.state === "linked") {
        fromEngine(address, values);
    }
}

function fromEngine(address, values) {
    if (NAMED.hasOwnProperty(address)) {
        if (values[0] === link.device) {
            link.silent = 0;
            NAMED[address](values);
        }
    } else if (PLAIN.hasOwnProperty(address)) {
        link.silent = 0;
        PLAIN[address](values);
    }
}
