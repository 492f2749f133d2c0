
// Clips over the network: in chunks, each acknowledged, repeated until complete. The checksum is
// the CRC-32 of all notes as they travel: pitch, velocity, start, duration, channel, big-endian.
var RESEND_MS = 40;
var MOST_SENDINGS = 8;
var WINDOW = 16;
var VALUES_PER_NOTE = 5;
var BITS = 31;

var outgoing = { last: 0, queue: [] };
var incoming = { parts: {}, whole: {} };
var crcTable = makeCrcTable();

var resend = new Alarm(sendChunks);

function makeCrcTable() {
    var table = [];
    var number, bit, value;
    for (number = 0; number < 256; number += 1) {
        value = number;
        for (bit = 0; bit < 8; bit += 1) {
            value = (value & 1) ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
        }
        table.push(value);
    }
    return table;
}

function roundHalfEven(value) {
    var low = Math.floor(value);
    var rest = value - low;
    if (rest > 0.5 || (rest === 0.5 && low % 2 === 1)) {
        return low + 1;
    }
    return low;
}

// The 32 bits of a number as a float, as an int.
function floatBits(value) {
    var sign = value < 0 ? 0x80000000 : 0;
    var size = Math.abs(value);
    var exponent, mantissa;
    if (size === 0) {
        return 0;
    }
    exponent = Math.max(-126, Math.floor(Math.log(size) / Math.LN2));
    while (exponent > -126 && size < Math.pow(2, exponent)) { exponent -= 1; }
    while (size >= Math.pow(2, exponent + 1)) { exponent += 1; }
    mantissa = roundHalfEven(size / Math.pow(2, exponent - 23));
    // A mantissa that rounds up to the next power carries into the exponent by itself.
    if (mantissa >= 8388608) {
        mantissa += (exponent + 126) * 8388608;
    }
    return sign | mantissa;
}

function addToCrc(crc, word) {
    var shift;
    for (shift = 24; shift >= 0; shift -= 8) {
        crc = crcTable[(crc ^ (word >>> shift)) & 255] ^ (crc >>> 8);
    }
    return crc;
}

// Notes as one flat list of numbers; returns a signed 32-bit number.
function notesCrc(values) {
    var crc = -1;
    var place;
    for (place = 0; place < values.length; place += 1) {
        if (place % VALUES_PER_NOTE === 0 || place % VALUES_PER_NOTE === 4) {
            crc = addToCrc(crc, values[place]);
        } else {
            crc = addToCrc(crc, floatBits(values[place]));
        }
    }
    return ~crc;
}

function beginTransfers() {
    endTransfers();
    outgoing.last = 0;
    incoming.parts = {};
    incoming.whole = {};
}

function endTransfers() {
    resend.stop();
    outgoing.queue = [];
    forgetAsk();
}

// Send notes ({pitch, velocity, start_time, duration}); then(true or false) when it is known.
function sendClip(kind, notes, lengthBeats, then) {
    var flat = [];
    var chunks = [];
    var size = NOTES_PER_CHUNK * VALUES_PER_NOTE;
    var place, count, clip;
    notes.forEach(function (note) {
        flat.push(note.pitch, within(note.velocity, 1, 127), note.start_time, note.duration, 0);
    });
    count = Math.max(1, Math.ceil(flat.length / size));
    if (count > MAX_CHUNKS) {
        say("This clip has too many notes");
        then(false);
        return 0;
    }
    outgoing.last += 1;
    clip = outgoing.last;
    for (place = 0; place < count; place += 1) {
        chunks.push({
            values: [link.device, clip, kind, place, count, lengthBeats, notesCrc(flat)]
                .concat(flat.slice(place * size, (place + 1) * size)),
            sendings: 0,
            there: false
        });
    }
    outgoing.queue.push({ clip: clip, chunks: chunks, then: then });
    if (outgoing.queue.length === 1) {
        sendChunks();
    }
    return clip;
}

// The engine puts clips together one at a time: so they go out one at a time.
function sendChunks() {
    var sender = outgoing.queue[0];
    var sent = 0;
    var place, chunk;
    if (!sender) {
        return;
    }
    for (place = 0; place < sender.chunks.length && sent < WINDOW; place += 1) {
        chunk = sender.chunks[place];
        if (!chunk.there) {
            if (chunk.sendings === MOST_SENDINGS) {
                finishSending(false);
                return;
            }
            chunk.sendings += 1;
            sent += 1;
            toEngine("/clip/chunk", chunk.values);
        }
    }
    resend.after(RESEND_MS);
}

function finishSending(arrived) {
    var sender = outgoing.queue.shift();
    resend.stop();
    if (!arrived) {
        say(errorText(403));
    }
    sender.then(arrived);
    if (outgoing.queue.length > 0) {
        sendChunks();
    }
}

function onClipAck(values) {
    var sender = outgoing.queue[0];
    var all = true;
    if (!sender || values[1] !== sender.clip) {
        return;
    }
    sender.chunks.forEach(function (chunk, place) {
        var word = place < BITS ? values[2] : values[3];
        if ((word >>> (place % BITS)) & 1) {
            chunk.there = true;
        }
        all = all && chunk.there;
    });
    if (all) {
        finishSending(true);
    }
}

function onClipChunk(values) {
    var clip = values[1];
    var count = values[4];
    if (values[3] >= count || (values[2] !== 1 && values[2] !== 3)) {
        return;
    }
    if (incoming.whole[clip] === undefined) {
        addChunk(clip, values);
    }
    acknowledge(clip);
}

function addChunk(clip, values) {
    var part = incoming.parts[clip];
    var flat = [];
    var place;
    if (!part || part.count !== values[4] || part.crc !== values[6]) {
        part = { kind: values[2], count: values[4], length: values[5], crc: values[6], chunks: {}, have: 0 };
        incoming.parts[clip] = part;
    }
    if (part.chunks[values[3]] === undefined) {
        part.chunks[values[3]] = values.slice(7);
        part.have += 1;
    }
    if (part.have < part.count) {
        return;
    }
    delete incoming.parts[clip];
    for (place = 0; place < part.count; place += 1) {
        flat = flat.concat(part.chunks[place]);
    }
    if (notesCrc(flat) === part.crc) {
        incoming.whole[clip] = part.count;
        onWholeClip(clip, part.kind, part.length, flat);
    }
}

function acknowledge(clip) {
    var low = 0;
    var high = 0;
    var part = incoming.parts[clip];
    var count = incoming.whole[clip];
    var place;
    for (place = 0; place < MAX_CHUNKS; place += 1) {
        if (count !== undefined ? place < count : part && part.chunks[place] !== undefined) {
            if (place < BITS) {
                low += Math.pow(2, place);
            } else {
                high += Math.pow(2, place - BITS);
            }
        }
    }
    toEngine("/clip/ack", [link.device, clip, low, high]);
}
