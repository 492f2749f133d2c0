
// The link: boot -> port (which port do we really hear on?) -> hello -> linked -> lost -> linked.
var PORTS = 64;
var PROOFS = 3;
var PROOF_MS = 100;
var LIFE_MS = 1000;
var SILENT_LIFE = 3;
var MOST_NAME_ASKS = 5;

var link = {
    state: "boot", device: 0, port: 0, tried: 0, proofs: 0, nonce: 0, epoch: 0,
    silent: 0, refusal: "", refusedAgo: 0, nameAsks: 0
};
var engine = { host1: 127, host2: 0, host3: 0, host4: 1, port: ENGINE_PORT, token: 0 };

var proofWait = new Alarm(proveOnce);
var life = new Alarm(beatOfLife);
var addressWait = new Alarm(moveToAddress);

function bootLink(ownId) {
    // Two devices loaded in one moment may draw the same random number; their ids in Live differ.
    var mixed = (Math.floor(Math.random() * INT_END) ^ (ownId * 40503)) & 0x7fffffff;
    link.device = Math.max(1, mixed);
    sendAddress();
    link.state = "port";
    link.tried = 0;
    tryPort();
}

function tryPort() {
    link.port = FIRST_PORT + (link.device + link.tried) % PORTS;
    link.nonce = randomNumber();
    link.proofs = 0;
    toPatch("receive_port", [link.port]);
    toPatch("proof_port", [link.port]);
    proofWait.after(PROOF_MS);
    showStatus();
}

// What we send ourselves must come back: another program may hold the port, and Max says nothing.
function proveOnce() {
    if (link.state === "no port") {
        link.state = "port";
        link.tried = 0;
        tryPort();
    } else if (link.proofs < PROOFS) {
        link.proofs += 1;
        toPatch("proof", [link.nonce]);
        proofWait.after(PROOF_MS);
    } else if (link.tried + 1 < PORTS) {
        link.tried += 1;
        tryPort();
    } else {
        link.state = "no port";
        proofWait.after(5 * LIFE_MS);
        showStatus();
    }
}

function onPortProof(values) {
    if (link.state === "port" && values[0] === link.nonce) {
        proofWait.stop();
        link.state = "hello";
        beatOfLife();
    }
}

function beatOfLife() {
    life.after(LIFE_MS);
    if (link.state !== "linked") {
        link.refusedAgo += 1;
        if (link.refusedAgo > SILENT_LIFE) {
            link.refusal = "";
        }
        sendHello();
        return;
    }
    link.silent += 1;
    if (link.silent > SILENT_LIFE) {
        loseLink();
    } else {
        if (!namesComplete() && link.nameAsks < MOST_NAME_ASKS) {
            link.nameAsks += 1;
            toEngine("/bundles", [link.device]);
        }
        repeatAsk();
    }
}

function sendHello() {
    toEngine("/hello", [link.device, PROTOCOL, link.port, engine.token]);
    showStatus();
}

function onWelcome(values) {
    var epoch = values[1];
    if (values[2] !== PROTOCOL) {
        link.refusal = ERRORS[327];
        link.refusedAgo = 0;
        showStatus();
        return;
    }
    if (link.state === "linked" && epoch === link.epoch) {
        return;
    }
    if (link.state === "linked") {
        unlink();
    }
    link.state = "linked";
    link.epoch = epoch;
    link.refusal = "";
    link.nameAsks = 0;
    beginTransfers();
    beginNames();
    toPatch("identity", [link.device, link.port, link.epoch]);
    toPatch("linked", [1]);
    toPatch("player", [values[3]]);
    sendAllKnobs();
    toPatch("tell_clock", []);
    showStatus();
}

function onHeartbeat(values) {
    if (link.state === "linked" && values[2] !== link.epoch) {
        loseLink();
    }
}

function unlink() {
    link.epoch = 0;
    link.silent = 0;
    jam.state = 0;
    jam.bar = 0;
    jam.bars = 0;
    jam.bundle = -1;
    toPatch("linked", [0]);
    toPatch("flush", [1]);
    endTransfers();
}

// Nothing of an engine that is gone may sound on; the next hello goes out at once.
function loseLink() {
    link.state = "lost";
    notice = "";
    unlink();
    beatOfLife();
}

function sendAddress() {
    var host = [engine.host1, engine.host2, engine.host3, engine.host4].join(".");
    toPatch("send_to", [host, engine.port]);
}

function moveToAddress() {
    if (link.state === "linked") {
        toEngine("/goodbye", [link.device]);
        link.state = "hello";
        unlink();
    }
    sendAddress();
    if (link.state === "hello" || link.state === "lost") {
        beatOfLife();
    }
}
