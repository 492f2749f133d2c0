// @ts-check
/**
 * Edits of parameters that are on their way.
 *
 * The engine's word is the truth. What a person has just set is shown at once, marked as pending,
 * until the engine says it too, says no, or says nothing for a while. Of each parameter one edit
 * travels at a time, and only the newest waits: a dragged knob can't flood the engine, and the
 * engine's echo of an older value never pulls the knob back.
 */

const PATIENCE_S = 2.5;

/**
 * @typedef {number | boolean | string | readonly unknown[]} Value
 *
 * @typedef {object} Edit
 * @property {Value} value What is wanted.
 * @property {number} madeS
 * @property {boolean} travels Whether a request is on its way.
 * @property {boolean} waits Whether a newer value than the travelling one waits.
 */

/**
 * Whether the engine's value is the wanted one, up to the rounding of single precision.
 *
 * @param {unknown} one
 * @param {unknown} other
 * @returns {boolean}
 */
export function same(one, other) {
  if (typeof one === 'number' && typeof other === 'number') {
    return Math.abs(one - other) <= 1e-5 * Math.max(1, Math.abs(one), Math.abs(other));
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, index) => same(value, other[index]));
  }
  return one === other;
}

export class Edits {
  /**
   * @param {(player: number, name: string, value: Value) => Promise<unknown>} send
   * @param {(player: number, name: string) => void} onChange What is shown has changed.
   * @param {(error: unknown) => void} onRefused
   */
  constructor(send, onChange, onRefused) {
    this.send = send;
    this.onChange = onChange;
    this.onRefused = onRefused;
    /** @type {Map<string, Edit>} */
    this.edits = new Map();
  }

  /**
   * A person sets a parameter.
   *
   * @param {number} player
   * @param {string} name
   * @param {Value} value
   * @param {number} nowS
   */
  set(player, name, value, nowS) {
    const key = `${player} ${name}`;
    const edit = this.edits.get(key);
    if (edit?.travels) {
      Object.assign(edit, { value, madeS: nowS, waits: true });
    } else {
      this.edits.set(key, { value, madeS: nowS, travels: false, waits: false });
      this.#travel(player, name, key);
    }
    this.onChange(player, name);
  }

  /**
   * What to show of a parameter.
   *
   * @param {number} player
   * @param {string} name
   * @param {Value} told The engine's value.
   * @returns {{ value: Value, pending: boolean }}
   */
  shown(player, name, told) {
    const edit = this.edits.get(`${player} ${name}`);
    return edit === undefined
      ? { value: told, pending: false }
      : { value: edit.value, pending: true };
  }

  /**
   * The engine has told a player's settings.
   *
   * @param {number} player
   * @param {Record<string, Value>} settings
   */
  told(player, settings) {
    for (const [key, edit] of this.edits) {
      const [number, name] = key.split(' ');
      if (Number(number) !== player || !(name in settings)) continue;
      if (same(edit.value, settings[name]) && !edit.waits) this.edits.delete(key);
    }
  }

  /**
   * Give up what the engine has been silent about for too long.
   *
   * @param {number} nowS
   */
  tire(nowS) {
    for (const [key, edit] of this.edits) {
      if (edit.travels || nowS - edit.madeS < PATIENCE_S) continue;
      this.edits.delete(key);
      const [number, name] = key.split(' ');
      this.onChange(Number(number), name);
    }
  }

  /** The engine is another one: nothing is on its way. */
  clear() {
    this.edits.clear();
  }

  /**
   * @param {number} player
   * @param {string} name
   * @param {string} key
   */
  async #travel(player, name, key) {
    const edit = this.edits.get(key);
    if (edit === undefined) return;
    Object.assign(edit, { travels: true, waits: false });
    try {
      await this.send(player, name, edit.value);
    } catch (error) {
      if (!edit.waits) {
        this.edits.delete(key);
        this.onChange(player, name);
      }
      this.onRefused(error);
    }
    edit.travels = false;
    if (edit.waits && this.edits.get(key) === edit) await this.#travel(player, name, key);
  }
}
