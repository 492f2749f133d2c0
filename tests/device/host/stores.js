"use strict";
// Max's Dict and File, kept in memory.

const WRITE_LIMIT = 16384;

function dictFor(device) {
  return class Dict {
    constructor(name) {
      const made = name || "u" + String(device.host.dicts.size + 1);
      if (!device.host.dicts.has(made)) device.host.dicts.set(made, {});
      this.name = made;
    }

    get store() { return device.host.dicts.get(this.name); }

    parse(text) { device.host.dicts.set(this.name, JSON.parse(text)); }

    stringify() { return JSON.stringify(this.store); }

    get(key) { return key in this.store ? device.toScript(this.store[key]) : null; }

    set(key, ...values) {
      const value = values.length === 1 ? values[0] : values;
      this.store[key] = JSON.parse(JSON.stringify(value));
    }

    contains(key) { return key in this.store; }

    remove(key) { delete this.store[key]; }

    getkeys() { return device.toScript(Object.keys(this.store)); }

    clear() { device.host.dicts.set(this.name, {}); }

    freepeer() { device.host.dicts.delete(this.name); }
  };
}

function fileFor(host) {
  return class File {
    constructor(name, access) {
      this.filename = name;
      this.access = access || "read";
      this.position = 0;
      this.isopen = this.access !== "read" || host.files.has(name);
      if (this.isopen && !host.files.has(name)) host.files.set(name, "");
    }

    get eof() { return this.isopen ? host.files.get(this.filename).length : 0; }

    set eof(length) { host.files.set(this.filename, host.files.get(this.filename).slice(0, length)); }

    readstring(count) {
      const text = host.files.get(this.filename).slice(this.position, this.position + count);
      this.position += text.length;
      return text;
    }

    writestring(text) {
      const before = host.files.get(this.filename);
      host.files.set(this.filename, before.slice(0, this.position) + text);
      this.position += text.length;
    }

    // Max writes about so much at once and says nothing of the rest.
    writebytes(bytes) {
      this.writestring(Array.prototype.slice.call(bytes, 0, WRITE_LIMIT)
        .map((byte) => String.fromCharCode(byte)).join(""));
    }

    close() { this.isopen = false; }
  };
}

module.exports = { dictFor, fileFor };
