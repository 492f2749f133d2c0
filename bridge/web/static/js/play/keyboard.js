// @ts-check
/** Listens to the computer's keyboard and keeps track of what is held. */

import { actOfKey, belongsToElement, pitchOfKey } from './keymap.js';

const VELOCITY = 100;

export class Keyboard {
  /**
   * @param {{ onKey: (name: string, pitch: number, velocity: number, timeMs: number) => void,
   *   onAct: (act: import('./keymap.js').Act) => void,
   *   instrument: () => { drums: boolean, base: number } }} to
   */
  constructor(to) {
    this.to = to;
    /** @type {Map<string, number>} Pitch of each held key: the octave may change meanwhile. */
    this.held = new Map();
    window.addEventListener('keydown', (event) => this.#down(event));
    window.addEventListener('keyup', (event) => this.#up(event.code, event.timeStamp));
    // What is let go while another window has the focus is never told.
    window.addEventListener('blur', () => this.release());
  }

  /** Every held key is let go. */
  release() {
    for (const code of [...this.held.keys()]) this.#up(code, performance.now());
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]'))
      return;
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    const type = target instanceof HTMLInputElement ? target.type : '';
    if (belongsToElement(target.tagName, type, event.code)) return;
    const { drums, base } = this.to.instrument();
    const pitch = event.shiftKey ? null : pitchOfKey(event.code, drums, base);
    if (pitch !== null) {
      event.preventDefault();
      if (event.repeat || this.held.has(event.code)) return;
      this.held.set(event.code, pitch);
      this.to.onKey(event.code, pitch, VELOCITY, event.timeStamp);
      return;
    }
    const act = actOfKey(event.code, event.key, event.shiftKey);
    if (act === null) return;
    event.preventDefault();
    if (event.repeat && !('turn' in act)) return;
    this.to.onAct(act);
  }

  /**
   * @param {string} code
   * @param {number} timeMs
   */
  #up(code, timeMs) {
    const pitch = this.held.get(code);
    if (pitch === undefined) return;
    this.held.delete(code);
    this.to.onKey(code, pitch, 0, timeMs);
  }
}
