"use strict";
// One device's js object: its script in a scope of its own, with Max's globals around it.

const vm = require("vm");
const { bareContext, syntaxComplaint } = require("./es5.js");
const { liveApiFor } = require("./live_api.js");
const { seededRandom } = require("./random.js");
const { tasksFor } = require("./tasks.js");
const { dictFor, fileFor } = require("./stores.js");

function isList(value) {
  return /^\[object (Array|Arguments)\]$/.test(Object.prototype.toString.call(value));
}

class Device {
  constructor(host, number, item) {
    this.host = host;
    this.number = number;
    this.set = host.set;
    this.item = item;
    this.liveReady = false;
    this.context = bareContext();
    this.scope = vm.runInContext("this", this.context);
    this.scope.Math.random = seededRandom(number);
    this.parse = vm.runInContext("JSON.parse", this.context);
    this.tasks = tasksFor(this);
    this.symbols = new Set();
    this.attributes = {};
  }

  /** A value as an object of the script's own world, so that `instanceof Array` holds. */
  toScript(value) {
    if (value === null || typeof value !== "object") return value;
    return this.parse(JSON.stringify(value));
  }

  load(name, source, args) {
    const complaint = syntaxComplaint(source);
    if (complaint) throw new Error(name + " is " + complaint);
    Object.assign(this.scope, this.globals(name, args));
    vm.runInContext(source, this.context, { filename: name });
    if (typeof this.scope.loadbang === "function") this.scope.loadbang();
    return { inlets: this.scope.inlets, outlets: this.scope.outlets };
  }

  globals(name, args) {
    const device = this;
    const outlet = (number, ...values) => device.outlet(number, values);
    const messnamed = (target, ...values) =>
      device.host.ask({ messnamed: target, device: device.number, message: device.atoms(values) });
    [outlet, messnamed].forEach((each) => {
      each.apply = () => { throw new Error("apply on a Max function crashes Live"); };
    });
    const say = (...values) => { device.host.posts.push(values.map(String).join(" ")); };
    return {
      inlets: 1, outlets: 1, inlet: 0, autowatch: 0, messagename: "",
      jsarguments: this.toScript([name].concat(args)),
      max: { os: "macintosh", version: "9.0.7" },
      outlet, messnamed, post: say, cpost: say,
      error: (...values) => device.host.complain(device, "error(): " + values.map(String).join(" ")),
      arrayfromargs: (...values) => device.toScript([].concat(...values.map(
        (each) => (isList(each) ? Array.from(each) : [each])))),
      declareattribute: (attribute, getter, setter) => {
        device.attributes[attribute] = setter || true;
      },
      setinletassist: () => undefined,
      setoutletassist: () => undefined,
      notifyclients: () => undefined,
      LiveAPI: liveApiFor(this),
      Task: this.tasks.Task,
      Dict: dictFor(this),
      File: fileFor(this.host),
    };
  }

  outlet(number, values) {
    if (!(number >= 0 && number < this.scope.outlets)) {
      throw new Error("outlet " + number + " of a js object with " + this.scope.outlets);
    }
    this.host.ask({ outlet: number, device: this.number, message: this.atoms(values) });
  }

  atoms(values) {
    const flat = [].concat(...values.map((each) => (isList(each) ? Array.from(each) : [each])));
    flat.forEach((atom) => this.checkAtom(atom));
    return flat;
  }

  checkAtom(atom) {
    if (typeof atom === "string") {
      this.symbols.add(atom);
    } else if (typeof atom !== "number" || !Number.isFinite(atom)) {
      throw new Error("Max has no atom for " + String(atom));
    } else if (Number.isInteger(atom) && (atom < -(2 ** 31) || atom >= 2 ** 31)) {
      throw new Error(atom + " does not fit Max's integers on the wire");
    }
  }

  /** A message at an inlet, as js finds the function for it. */
  message(inlet, atoms) {
    const [first, ...rest] = atoms;
    const scope = this.scope;
    let name = first;
    let args = rest;
    if (typeof first === "number") {
      name = atoms.length > 1 ? "list" : Number.isInteger(first) ? "msg_int" : "msg_float";
      args = atoms;
    }
    scope.inlet = inlet;
    scope.messagename = name;
    if (this.attributes[name] !== undefined) {
      this.setAttribute(name, args);
      return;
    }
    const found = scope[name];
    const own = typeof found === "function" && !found.local && !(found === Function);
    const target = own ? found : scope.anything;
    if (typeof target !== "function") throw new Error("js: no function " + name);
    target.call(scope, ...args);
  }

  setAttribute(name, args) {
    const setter = this.attributes[name];
    if (setter === true) this.scope[name] = args[0];
    else this.scope[setter].call(this.scope, ...args);
  }
}

module.exports = { Device };
