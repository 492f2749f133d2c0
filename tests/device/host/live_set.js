"use strict";
// A small Set: song, tracks, slots, clips, devices and racks, as the Live Object Model shows them.

const { Notes, Refused } = require("./notes.js");

const SONG = {
  tempo: 120, is_playing: 0, current_song_time: 0, signature_numerator: 4,
  signature_denominator: 4, loop: 0, loop_start: 0, loop_length: 16,
  clip_trigger_quantization: 4, root_note: 0, scale_name: "Major", scale_mode: 0,
  scale_intervals: [0, 2, 4, 5, 7, 9, 11], metronome: 0, session_record: 0, record_mode: 0,
};
const TRACK = {
  name: "1-MIDI", color: 16725558, color_index: 0, playing_slot_index: -1, fired_slot_index: -1,
  has_midi_input: 1, has_midi_output: 0, has_audio_input: 0, has_audio_output: 1,
  is_foldable: 0, is_frozen: 0, arm: 0, mute: 0, solo: 0, can_be_armed: 1,
};
const SLOT = { is_triggered: 0, is_playing: 0, has_stop_button: 1, color: 0 };
const CLIP = {
  name: "", color: 16725558, color_index: 0, looping: 1, loop_start: 0, loop_end: 4,
  start_marker: 0, end_marker: 4, signature_numerator: 4, signature_denominator: 4,
  is_midi_clip: 1, is_audio_clip: 0, is_playing: 0, is_triggered: 0, is_recording: 0,
  playing_position: 0, launch_quantization: 0, muted: 0,
};
const DEVICE = { name: "Magenta Jam", class_name: "MxDeviceMidiEffect", type: 4, is_active: 1 };
const CHAIN = { name: "Chain", mute: 0, color: 0 };
const SCENE = { name: "", color: 0, tempo: 120 };
const READ_ONLY = [
  "is_playing", "is_triggered", "is_recording", "is_midi_clip", "is_audio_clip",
  "playing_position", "playing_slot_index", "fired_slot_index", "has_midi_input",
  "has_audio_input", "has_midi_output", "has_audio_output", "is_foldable", "is_frozen",
  "class_name", "type", "scale_intervals", "is_active", "can_be_armed",
];

class Item {
  constructor(set, type, parent, values) {
    this.set = set;
    this.type = type;
    this.parent = parent;
    this.values = Object.assign({}, values);
    this.lists = {};
    this.singles = {};
    this.deleted = false;
    this.id = set.adopt(this);
  }

  has(name) {
    return name in this.values || name in this.lists || name in this.singles ||
      name === "canonical_parent" || name in this.derived();
  }

  derived() {
    if (this.type === "ClipSlot") return { has_clip: this.singles.clip ? 1 : 0 };
    if (this.type === "Clip") {
      const v = this.values;
      return { length: v.looping ? v.loop_end - v.loop_start : v.end_marker - v.start_marker };
    }
    return {};
  }

  /** Atoms as LiveAPI.get gives them. */
  get(name) {
    const ids = (items) => [].concat(...items.map((item) => ["id", item ? item.id : 0]));
    if (name in this.lists) return ids(this.lists[name]);
    if (name in this.singles) return ids([this.singles[name]]);
    if (name === "canonical_parent") return ids([this.parent]);
    const value = name in this.values ? this.values[name] : this.derived()[name];
    return Array.isArray(value) ? value.slice() : [value];
  }

  change(name, value) {
    if (JSON.stringify(this.values[name]) === JSON.stringify(value)) return;
    this.values[name] = value;
    this.set.notify(this, name);
  }

  remove() {
    this.deleted = true;
    Object.values(this.lists).forEach((list) => list.forEach((item) => item.remove()));
    Object.keys(this.singles).forEach((name) => {
      const item = this.singles[name];
      if (item && item.parent === this) item.remove();
    });
  }
}

class LiveSet {
  constructor(description) {
    this.items = new Map();
    this.observers = [];
    this.turn = 0;
    this.lastNoteId = 0;
    this.noteForms = description.note_forms || ["object", "dict"];
    this.version = description.version || [12, 1, 5];
    this.app = new Item(this, "Application", null, {});
    this.song = new Item(this, "Song", this.app, Object.assign({}, SONG, description.song));
    const view = new Item(this, "Song.View", this.song, { follow_song: 0 });
    Object.assign(view.singles, {
      highlighted_clip_slot: null, detail_clip: null, selected_track: null, selected_scene: null,
    });
    this.song.singles.view = view;
    this.song.singles.master_track = new Item(this, "Track", this.song, { name: "Master" });
    this.song.lists = { tracks: [], return_tracks: [], scenes: [], visible_tracks: [] };
    for (let i = 0; i < (description.scenes || 8); i += 1) {
      this.song.lists.scenes.push(new Item(this, "Scene", this.song, SCENE));
    }
    (description.tracks || [{}]).forEach((track) => this.addTrack(track));
  }

  adopt(item) {
    const id = this.items.size + 1;
    this.items.set(id, item);
    return id;
  }

  item(id) {
    const item = this.items.get(id);
    return item && !item.deleted ? item : null;
  }

  addTrack(description) {
    const track = new Item(this, "Track", this.song, Object.assign({}, TRACK, description.values));
    track.lists = { clip_slots: [], devices: [] };
    track.singles.group_track = null;
    this.song.lists.scenes.forEach((_, i) => {
      const slot = new Item(this, "ClipSlot", track, SLOT);
      slot.singles.clip = null;
      track.lists.clip_slots.push(slot);
      const clip = (description.clips || {})[i];
      if (clip) this.putClip(slot, clip);
    });
    this.song.lists.tracks.push(track);
    this.song.lists.visible_tracks.push(track);
    this.notify(this.song, "tracks");
    return track;
  }

  putClip(slot, description) {
    const clip = new Item(this, "Clip", slot, Object.assign({}, CLIP, description.values));
    clip.notes = new Notes(() => { this.lastNoteId += 1; return this.lastNoteId; });
    clip.notes.add(description.notes || []);
    clip.madeInTurn = description.madeInTurn;
    slot.singles.clip = clip;
    this.notify(slot, "has_clip");
    return clip;
  }

  removeClip(slot) {
    slot.singles.clip.remove();
    slot.singles.clip = null;
    this.notify(slot, "has_clip");
  }

  /** A device on a track, inside as many racks as asked for. */
  addDevice(track, racks) {
    let home = track;
    for (let depth = 0; depth < racks; depth += 1) {
      const rack = new Item(this, "RackDevice", home, { name: "Rack", class_name: "MidiEffectGroupDevice" });
      const chain = new Item(this, "Chain", rack, CHAIN);
      chain.lists.devices = [];
      rack.lists = { chains: [chain], parameters: [] };
      home.lists.devices.push(rack);
      home = chain;
    }
    const device = new Item(this, "MaxDevice", home, DEVICE);
    device.lists.parameters = [];
    home.lists.devices.push(device);
    return device;
  }

  notify(item, name) {
    this.observers.filter((each) => each.watches(item, name)).forEach((each) => each.fire());
  }

  resolve(words, start) {
    let at = start;
    for (let i = 0; i < words.length && at; i += 1) {
      const word = words[i];
      if (word in at.lists) {
        i += 1;
        at = at.lists[word][Number(words[i])] || null;
      } else if (word === "canonical_parent") {
        at = at.parent;
      } else {
        at = at.singles[word] || null;
      }
    }
    return at;
  }

  path(item) {
    if (item === this.app) return "live_app";
    if (item === this.song) return "live_set";
    const parent = item.parent;
    const base = this.path(parent);
    const single = Object.keys(parent.singles).find((name) => parent.singles[name] === item);
    if (single) return base + " " + single;
    const list = Object.keys(parent.lists).find((name) => parent.lists[name].indexOf(item) >= 0);
    return base + " " + list + " " + parent.lists[list].indexOf(item);
  }
}

module.exports = { LiveSet, Refused, READ_ONLY };
