"use strict";
// One process is one Live: a Set, and the js objects of all its Magenta Jam devices. It talks in
// lines of JSON. A request is answered by {done}; before that come any number of {outlet} and
// {messnamed} lines, at each of which the script stands still, as in Max, until {"do": "return"}:
// meanwhile other requests may come, as cords lead back.

const fs = require("fs");
const { Device } = require("./fake_max.js");
const { LiveSet, Refused } = require("./live_set.js");
const { USER, look } = require("./user.js");

const buffer = Buffer.alloc(65536);
let unread = "";

function readLine() {
  for (;;) {
    const end = unread.indexOf("\n");
    if (end >= 0) {
      const line = unread.slice(0, end);
      unread = unread.slice(end + 1);
      return line;
    }
    const count = fs.readSync(0, buffer, 0, buffer.length, null);
    if (count === 0) process.exit(0);
    unread += buffer.toString("utf8", 0, count);
  }
}

function writeLine(value) {
  const data = Buffer.from(JSON.stringify(value) + "\n");
  let at = 0;
  while (at < data.length) at += fs.writeSync(1, data, at);
}

class Host {
  constructor() {
    this.set = null;
    this.devices = new Map();
    this.nowMs = 0;
    this.callbackDepth = 0;
    this.posts = [];
    this.complaints = [];
    this.unknownProperties = new Set();
    this.dicts = new Map();
    this.files = new Map();
    this.depth = 0;
  }

  complain(device, text) { this.complaints.push("device " + device.number + ": " + text); }

  unknown(type, name) { this.unknownProperties.add(type + "." + name); }

  /** Live posts what it refuses; the script goes on. */
  guard(device, action) {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.complain(device, error.message);
      return undefined;
    }
  }

  /** Hand something to the patch and stand still until it has run its course. */
  ask(event) {
    writeLine(event);
    this.serve(true);
  }

  serve(nested) {
    for (;;) {
      const request = JSON.parse(readLine());
      if (request.do === "return") {
        if (nested) return;
        throw new Error("return without a call");
      }
      this.answer(request);
    }
  }

  answer(request) {
    if (this.depth === 0 && this.set) this.set.turn += 1;
    this.depth += 1;
    let reply;
    try {
      if (request.now_ms !== undefined) this.nowMs = request.now_ms;
      if (request.song) USER.song(this.set, request.song);
      reply = { done: this.act(request) };
    } catch (error) {
      reply = { failed: String(error && error.stack ? error.stack : error) };
    }
    this.depth -= 1;
    const due = {};
    this.devices.forEach((device, number) => { due[number] = device.tasks.dueMs(); });
    reply.due_ms = due;
    reply.posts = this.posts.splice(0);
    reply.complaints = this.complaints.splice(0);
    reply.unknown = Array.from(this.unknownProperties);
    writeLine(reply);
  }

  act(request) {
    const device = this.devices.get(request.device);
    switch (request.do) {
      case "open": this.set = new LiveSet(request.set); return null;
      case "load": return this.load(request);
      case "unload": return this.unload(request.device);
      case "live_ready": device.liveReady = true; return null;
      case "message": device.message(request.inlet, request.message); return null;
      case "tasks": device.tasks.run(); return null;
      case "user": USER[request.name](this.set, ...request.args); return null;
      case "look": return look(this.set);
      case "symbols": return device.symbols.size;
      default: throw new Error("no request " + request.do);
    }
  }

  load(request) {
    const track = this.set.song.lists.tracks[request.track];
    const item = this.set.addDevice(track, request.racks);
    const device = new Device(this, request.device, item);
    this.devices.set(request.device, device);
    return device.load(request.file, request.source, request.arguments);
  }

  /** The device leaves: its script's observers and tasks go with it. */
  unload(number) {
    const device = this.devices.get(number);
    if (typeof device.scope.notifydeleted === "function") device.scope.notifydeleted();
    this.set.observers = this.set.observers.filter(
      (each) => !(each.api instanceof device.scope.LiveAPI));
    device.item.remove();
    this.devices.delete(number);
    return null;
  }
}

new Host().serve(false);
