"use strict";
// Max's LiveAPI object over the small Set. It refuses what the real one refuses.

const { CALLS, HARMLESS } = require("./live_calls.js");
const { READ_ONLY, Refused } = require("./live_set.js");

const DEAD = "LiveAPI objects are dead before live.thisdevice has banged";

/** The LiveAPI class of one device's script. */
function liveApiFor(device) {
  const set = device.set;
  const out = (value) => device.toScript(value);

  function refuseInCallback(what) {
    if (device.host.callbackDepth > 0) {
      throw new Error(what + " from within a LiveAPI callback: changes cannot be triggered by" +
        " notifications");
    }
  }

  class LiveAPI {
    constructor(first, second) {
      refuseInCallback("new LiveAPI");
      const callback = typeof first === "function" ? first : null;
      const path = callback || first === null || first === undefined ? second : first;
      const hidden = { callback, item: null, property: "", dead: !device.liveReady };
      Object.defineProperty(this, "hidden", { value: hidden });
      if (hidden.dead) {
        device.host.complain(device, DEAD);
        return;
      }
      if (path !== undefined && path !== "") this.goto(path);
      if (callback) {
        set.observers.push(new Observer(this, hidden));
        notifyScript(hidden, ["id", hidden.item ? hidden.item.id : 0]);
      }
    }

    get id() { return String(live(this) ? live(this).id : 0); }

    set id(value) { this.goto("id " + String(value).replace("id ", "")); }

    get path() { return live(this) ? JSON.stringify(set.path(live(this))) : '""'; }

    set path(value) { this.goto(value); }

    get unquotedpath() { return live(this) ? set.path(live(this)) : ""; }

    get type() { return live(this) ? live(this).type : "none"; }

    get children() {
      const item = live(this);
      return out(item ? Object.keys(item.lists).concat(Object.keys(item.singles)) : []);
    }

    get property() { return this.hidden.property; }

    set property(name) {
      this.hidden.property = String(name);
      const item = live(this);
      if (!item || !name) return;
      if (!item.has(name)) {
        device.host.unknown(item.type, name);
        return;
      }
      notifyScript(this.hidden, [name].concat(item.get(name)));
    }

    goto(path) {
      if (this.hidden.dead) return;
      const words = String(path).replace(/"/g, "").trim().split(/\s+/);
      this.hidden.item = find(words);
    }

    get(name) {
      const item = live(this);
      if (!item) return out([0]);
      if (!item.has(name)) {
        device.host.unknown(item.type, name);
        return out([0]);
      }
      return out(item.get(name));
    }

    getstring(name) { return String(this.get(name)); }

    getcount(name) {
      const item = live(this);
      return item && item.lists[name] ? item.lists[name].length : 0;
    }

    set(name, ...values) {
      refuseInCallback("set " + name);
      const item = live(this);
      if (!item) return;
      device.host.guard(device, () => setValue(set, item, name, [].concat(...values)));
    }

    call(name, ...args) {
      const item = live(this);
      if (HARMLESS.indexOf(name) < 0) refuseInCallback("call " + name);
      if (!item) return out(0);
      const call = (CALLS[item.type] || {})[name];
      if (!call) {
        device.host.complain(device, item.type + " has no function " + name);
        return out(0);
      }
      const result = device.host.guard(device, () => call(set, item, args));
      return out(result === undefined ? 0 : result);
    }

    freepeer() { set.observers = set.observers.filter((each) => each.api !== this); }
  }

  function live(api) {
    const item = api.hidden.item;
    return item && !item.deleted ? item : null;
  }

  function find(words) {
    if (words[0] === "id") return set.item(Number(words[1]));
    const roots = { live_set: set.song, live_app: set.app, this_device: device.item };
    const root = roots[words[0]];
    return root && !root.deleted ? set.resolve(words.slice(1), root) : null;
  }

  function notifyScript(hidden, atoms) {
    if (!hidden.callback) return;
    device.host.callbackDepth += 1;
    try {
      hidden.callback.call(device.scope, out(atoms));
    } finally {
      device.host.callbackDepth -= 1;
    }
  }

  class Observer {
    constructor(api, hidden) {
      this.api = api;
      this.hidden = hidden;
    }

    watches(item, name) { return this.hidden.item === item && this.hidden.property === name; }

    fire() { notifyScript(this.hidden, [this.hidden.property].concat(this.hidden.item.get(this.hidden.property))); }
  }

  return LiveAPI;
}

function setValue(set, item, name, values) {
  if (name in item.singles) {
    const id = values[0] === "id" ? values[1] : values[0];
    item.singles[name] = set.item(Number(String(id).replace("id ", "")));
    set.notify(item, name);
    return;
  }
  if (!(name in item.values)) throw new Refused(item.type + " has no property " + name);
  if (READ_ONLY.indexOf(name) >= 0) throw new Refused(name + " can't be set");
  if (item === set.song) throw new Refused("the device may not steer the song: " + name);
  const value = values.length > 1 && typeof item.values[name] === "string" ? values.join(" ") : values[0];
  const next = Object.assign({}, item.values, { [name]: value });
  if (item.type === "Clip" && (next.loop_start >= next.loop_end || next.start_marker >= next.end_marker)) {
    throw new Refused(name + " " + value + " would leave the clip without length");
  }
  item.change(name, typeof item.values[name] === "number" ? Number(value) : String(value));
}

module.exports = { liveApiFor };
