// @ts-check
/** What a person plays on: pads or piano by pointer, the computer's keyboard, MIDI. */

import { el, setPressed } from '../panel/dom.js';
import { Keyboard } from './keyboard.js';
import { HIGHEST_BASE, LOWEST_BASE } from './keymap.js';
import { Pads } from './pads.js';
import { MidiIn } from './webmidi.js';

const MIDDLE = 60;
const OCTAVE = 12;

export class Instrument {
  /**
   * @param {HTMLElement} keys
   * @param {HTMLElement} tools
   * @param {{ key: (pitch: number, velocity: number, timeMs: number) => void,
   *   sound: (name: string, drums: boolean, pitch: number, velocity: number) => void,
   *   act: (act: import('./keymap.js').Act) => void, say: (text: string) => void }} to
   */
  constructor(keys, tools, to) {
    this.to = to;
    this.drums = true;
    this.base = MIDDLE;
    this.followed = '';
    this.pads = new Pads(keys, (name, pitch, velocity, timeMs) =>
      this.#play(name, pitch, velocity, timeMs),
    );
    this.keyboard = new Keyboard({
      onKey: (name, pitch, velocity, timeMs) => this.#play(name, pitch, velocity, timeMs),
      onAct: to.act,
      instrument: () => this,
    });
    this.midi = new MidiIn((name, pitch, velocity, timeMs) =>
      this.#play(name, pitch, velocity, timeMs),
    );
    this.which = el('button', {
      type: 'button',
      class: 'small',
      title: 'Pads or piano (Q).',
      onclick: () => this.act('instrument'),
    });
    this.down = el(
      'button',
      {
        type: 'button',
        class: 'small',
        'aria-label': 'An octave down',
        title: 'An octave down ([).',
        onclick: () => this.act('octave down'),
      },
      '−8',
    );
    this.up = el(
      'button',
      {
        type: 'button',
        class: 'small',
        'aria-label': 'An octave up',
        title: 'An octave up (]).',
        onclick: () => this.act('octave up'),
      },
      '+8',
    );
    this.midiButton = el(
      'button',
      {
        type: 'button',
        class: 'small',
        'aria-pressed': 'false',
        title: 'Play with a MIDI keyboard of this machine.',
        onclick: () => this.#openMidi(),
      },
      'MIDI',
    );
    this.midiButton.hidden = !MidiIn.possible;
    tools.replaceChildren(this.which, this.down, this.up, this.midiButton);
    window.addEventListener('resize', () => this.fit());
    this.fit();
  }

  /**
   * Take up the instrument that suits a player, if it is another than before.
   *
   * @param {number} player
   * @param {boolean} drums
   */
  follow(player, drums) {
    const followed = `${player} ${drums}`;
    if (followed === this.followed) return;
    this.followed = followed;
    this.release();
    this.drums = drums;
    this.fit();
  }

  /** @param {string} what `instrument`, `octave down` or `octave up` */
  act(what) {
    this.release();
    if (what === 'instrument') this.drums = !this.drums;
    if (what === 'octave down') this.base = Math.max(LOWEST_BASE, this.base - OCTAVE);
    if (what === 'octave up') this.base = Math.min(HIGHEST_BASE, this.base + OCTAVE);
    this.fit();
  }

  /** Draw the keys for the room there is. */
  fit() {
    this.which.textContent = this.drums ? 'Piano' : 'Pads';
    this.down.hidden = this.drums;
    this.up.hidden = this.drums;
    this.pads.show(this.drums, this.base);
  }

  /** Every key is let go. */
  release() {
    this.keyboard.release();
    this.pads.release();
  }

  /**
   * A key was heard by the engine.
   *
   * @param {number} pitch
   * @param {boolean} lit
   */
  light(pitch, lit) {
    this.pads.light(pitch, lit);
  }

  /**
   * @param {string} name
   * @param {number} pitch
   * @param {number} velocity
   * @param {number} timeMs
   */
  #play(name, pitch, velocity, timeMs) {
    this.to.sound(name, this.drums, pitch, velocity);
    this.pads.light(pitch, velocity > 0);
    this.to.key(pitch, velocity, timeMs);
  }

  async #openMidi() {
    try {
      const names = await this.midi.open();
      setPressed(this.midiButton, true);
      this.to.say(
        names.length
          ? `MIDI: ${names.join(', ')}`
          : 'No MIDI input is connected; it is heard as soon as one is.',
      );
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.to.say('The browser does not let this page hear MIDI.');
    }
  }
}
