"use strict";
// Max's Task object in virtual time.

/** The Task class of one device, and what of it is due. */
function tasksFor(device) {
  const waiting = [];
  let count = 0;

  class Task {
    constructor(fn, object, ...args) {
      if (typeof fn !== "function") throw new Error("a Task needs a function");
      this.function = fn;
      this.object = object;
      this.arguments = device.toScript([]);
      args.forEach((each) => this.arguments.push(each));
      this.interval = 500;
      this.iterations = 0;
      this.running = false;
      Object.defineProperty(this, "hidden", { value: { left: 0 } });
      fn.task = this;
    }

    execute() {
      this.iterations += 1;
      this.function.apply(this.object === undefined ? device.scope : this.object, this.arguments);
    }

    schedule(delay) {
      this.hidden.left = 1;
      place(this, delay === undefined ? 0 : delay);
    }

    repeat(times, delay) {
      this.iterations = 0;
      this.hidden.left = times > 0 ? times : Infinity;
      place(this, delay === undefined ? 0 : delay);
    }

    cancel() {
      this.running = false;
      const at = waiting.findIndex((each) => each.task === this);
      if (at >= 0) waiting.splice(at, 1);
    }

    freepeer() { this.cancel(); }
  }

  function place(task, delay) {
    if (!Number.isFinite(Number(delay))) throw new Error("a Task can't wait " + delay + " ms");
    task.cancel();
    task.running = true;
    count += 1;
    waiting.push({ task, dueMs: device.host.nowMs + Math.max(0, Number(delay)), order: count });
    waiting.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
  }

  function run() {
    const last = count;
    while (waiting.length && waiting[0].dueMs <= device.host.nowMs + 1e-6 && waiting[0].order <= last) {
      const { task } = waiting.shift();
      task.running = false;
      task.hidden.left -= 1;
      if (task.hidden.left > 0) place(task, Math.max(1, task.interval));
      task.execute();
    }
  }

  return { Task, run, dueMs: () => (waiting.length ? waiting[0].dueMs : null) };
}

module.exports = { tasksFor };
