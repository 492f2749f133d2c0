"use strict";
// Functions of the Live Object Model that a device may call.

const { Refused } = require("./notes.js");

function numbers(args, count, what) {
  if (args.length !== count || args.some((each) => !Number.isFinite(Number(each)))) {
    throw new Refused(what + " takes " + count + " numbers");
  }
  return args.map(Number);
}

/** The dictionary behind an argument, or null where Live would see nothing in it. */
function dictionary(set, argument) {
  if (typeof argument === "string") {
    return set.noteForms.indexOf("json") >= 0 ? JSON.parse(argument) : null;
  }
  if (argument === null || typeof argument !== "object") return null;
  if (typeof argument.stringify === "function") {
    return set.noteForms.indexOf("dict") >= 0 ? JSON.parse(argument.stringify()) : null;
  }
  return set.noteForms.indexOf("object") >= 0 ? JSON.parse(JSON.stringify(argument)) : null;
}

function noteList(set, argument) {
  const found = dictionary(set, argument);
  return found && Array.isArray(found.notes) ? found.notes : [];
}

const CLIP = {
  get_notes_extended(set, clip, args) {
    const area = numbers(args, 4, "get_notes_extended");
    return JSON.stringify({ notes: clip.notes.within(...area) });
  },
  get_all_notes_extended(set, clip) {
    return JSON.stringify({ notes: clip.notes.all });
  },
  add_new_notes(set, clip, args) {
    // A clip made in this very turn is not ready: what is added to it is lost.
    if (clip.madeInTurn === set.turn) return [];
    const ids = clip.notes.add(noteList(set, args[0]));
    set.notify(clip, "notes");
    return ids;
  },
  remove_notes_extended(set, clip, args) {
    clip.notes.remove(...numbers(args, 4, "remove_notes_extended"));
    set.notify(clip, "notes");
  },
  apply_note_modifications(set, clip, args) {
    clip.notes.modify(noteList(set, args[0]));
    set.notify(clip, "notes");
  },
  fire(set, clip) { fireSlot(set, clip.parent); },
  stop(set, clip) { set.fireStop(clip.parent.parent); },
};

const SLOT = {
  create_clip(set, slot, args) {
    const [length] = numbers(args, 1, "create_clip");
    if (slot.singles.clip) throw new Refused("create_clip: the slot has a clip already");
    if (!slot.parent.values.has_midi_input) throw new Refused("create_clip: not a MIDI track");
    if (length <= 0) throw new Refused("create_clip: the length must be above 0");
    const values = {
      loop_end: length, end_marker: length,
      signature_numerator: set.song.values.signature_numerator,
      signature_denominator: set.song.values.signature_denominator,
    };
    set.putClip(slot, { values, madeInTurn: set.turn });
  },
  delete_clip(set, slot) {
    if (!slot.singles.clip) throw new Refused("delete_clip: the slot is empty");
    set.removeClip(slot);
  },
  fire(set, slot) { fireSlot(set, slot); },
  stop(set, slot) { set.fireStop(slot.parent); },
};

function fireSlot(set, slot) {
  const track = slot.parent;
  slot.change("is_triggered", 1);
  track.change("fired_slot_index", track.lists.clip_slots.indexOf(slot));
}

const APP = {
  get_major_version(set) { return set.version[0]; },
  get_minor_version(set) { return set.version[1]; },
  get_bugfix_version(set) { return set.version[2]; },
};

const CALLS = { Clip: CLIP, ClipSlot: SLOT, Application: APP };
const HARMLESS = ["get_notes_extended", "get_all_notes_extended"].concat(Object.keys(APP));

module.exports = { CALLS, HARMLESS, fireSlot };
