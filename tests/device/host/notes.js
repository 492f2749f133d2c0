"use strict";
// The notes of a clip, kept as Live keeps them.

const DEFAULTS = {
  velocity: 100, mute: 0, probability: 1, velocity_deviation: 0, release_velocity: 64,
};
const REQUIRED = ["pitch", "start_time", "duration"];
const KEYS = REQUIRED.concat(Object.keys(DEFAULTS));

class Refused extends Error {}

function checked(note) {
  const extra = Object.keys(note).filter((key) => KEYS.indexOf(key) < 0);
  if (extra.length) throw new Refused("a new note may not have " + extra.join(", "));
  const whole = Object.assign({}, DEFAULTS);
  Object.keys(note).forEach((key) => { whole[key] = Number(note[key]); });
  KEYS.forEach((key) => {
    if (!Number.isFinite(whole[key])) throw new Refused("a note without a valid " + key);
  });
  if (whole.pitch % 1 || whole.pitch < 0 || whole.pitch > 127) throw new Refused("pitch out of range");
  if (whole.duration <= 0) throw new Refused("a note without length");
  if (whole.velocity < 1 || whole.velocity > 127) throw new Refused("velocity out of range");
  if (whole.probability < 0 || whole.probability > 1) throw new Refused("probability out of range");
  return whole;
}

/** Notes of one clip; two of one pitch never overlap: the later one cuts the earlier. */
class Notes {
  constructor(nextId) {
    this.nextId = nextId;
    this.all = [];
  }

  add(list) {
    const added = list.map(checked).map((note) => Object.assign({ note_id: this.nextId() }, note));
    added.forEach((note) => this.place(note));
    return added.map((note) => note.note_id);
  }

  place(note) {
    this.all = this.all.filter(
      (other) => other.pitch !== note.pitch || Math.abs(other.start_time - note.start_time) > 1e-9);
    this.all.push(note);
    this.all.sort((a, b) => a.start_time - b.start_time || a.pitch - b.pitch);
    const same = this.all.filter((other) => other.pitch === note.pitch);
    for (let i = 0; i + 1 < same.length; i += 1) {
      const room = same[i + 1].start_time - same[i].start_time;
      same[i].duration = Math.min(same[i].duration, room);
    }
  }

  within(fromPitch, pitchSpan, fromTime, timeSpan) {
    return this.all.filter((note) =>
      note.pitch >= fromPitch && note.pitch < fromPitch + pitchSpan &&
      note.start_time >= fromTime && note.start_time < fromTime + timeSpan);
  }

  remove(fromPitch, pitchSpan, fromTime, timeSpan) {
    const gone = this.within(fromPitch, pitchSpan, fromTime, timeSpan);
    this.all = this.all.filter((note) => gone.indexOf(note) < 0);
  }

  /** The whole change is ignored when one id is unknown. */
  modify(list) {
    const known = list.map((each) => this.all.find((note) => note.note_id === each.note_id));
    if (known.some((note) => note === undefined)) return;
    known.forEach((note, i) => Object.assign(note, list[i]));
  }
}

module.exports = { Notes, Refused };
