"use strict";
// What a person does in Live, and what Live does by itself.

const { fireSlot } = require("./live_calls.js");

function slotOf(set, track, scene) {
  return set.song.lists.tracks[track].lists.clip_slots[scene];
}

const USER = {
  song(set, values) {
    Object.keys(values).forEach((name) => set.song.change(name, values[name]));
  },
  select_slot(set, track, scene) {
    const slot = slotOf(set, track, scene);
    const view = set.song.singles.view;
    const chosen = {
      selected_track: slot.parent, selected_scene: set.song.lists.scenes[scene],
      highlighted_clip_slot: slot, detail_clip: slot.singles.clip,
    };
    Object.keys(chosen).forEach((name) => {
      view.singles[name] = chosen[name];
      set.notify(view, name);
    });
  },
  fire(set, track, scene) { fireSlot(set, slotOf(set, track, scene)); },
  start(set, track, scene) {
    const slot = slotOf(set, track, scene);
    USER.silence(set, track);
    slot.change("is_triggered", 0);
    slot.parent.change("fired_slot_index", -1);
    slot.change("is_playing", 1);
    if (slot.singles.clip) slot.singles.clip.change("is_playing", 1);
    slot.parent.change("playing_slot_index", scene);
  },
  silence(set, track) {
    const item = set.song.lists.tracks[track];
    item.lists.clip_slots.forEach((slot) => {
      slot.change("is_playing", 0);
      if (slot.singles.clip) slot.singles.clip.change("is_playing", 0);
    });
  },
  stop(set, track) {
    const item = set.song.lists.tracks[track];
    USER.silence(set, track);
    item.change("fired_slot_index", -1);
    item.change("playing_slot_index", -2);
  },
  set_track(set, track, name, value) { set.song.lists.tracks[track].change(name, value); },
  set_clip(set, track, scene, name, value) { slotOf(set, track, scene).singles.clip.change(name, value); },
  put_clip(set, track, scene, clip) { set.putClip(slotOf(set, track, scene), clip); },
  delete_clip(set, track, scene) { set.removeClip(slotOf(set, track, scene)); },
  add_track(set, description) { set.addTrack(description); },
  move_device(set, from, to) {
    const [device] = set.song.lists.tracks[from].lists.devices.splice(0, 1);
    device.parent = set.song.lists.tracks[to];
    device.parent.lists.devices.push(device);
  },
  delete_track(set, track) {
    const lists = set.song.lists;
    const item = lists.tracks[track];
    item.remove();
    lists.tracks = lists.tracks.filter((each) => each !== item);
    lists.visible_tracks = lists.visible_tracks.filter((each) => each !== item);
    set.notify(set.song, "tracks");
  },
};

/** The Set as plain data, to look at. */
function look(set) {
  const clip = (item) => item && Object.assign({}, item.values, {
    id: item.id, notes: item.notes.all.map((note) => Object.assign({}, note)),
  });
  const slot = (item) => Object.assign({}, item.values, { id: item.id, clip: clip(item.singles.clip) });
  return {
    song: set.song.values,
    tracks: set.song.lists.tracks.map((track) => Object.assign({}, track.values, {
      id: track.id, slots: track.lists.clip_slots.map(slot),
    })),
  };
}

module.exports = { USER, look };
