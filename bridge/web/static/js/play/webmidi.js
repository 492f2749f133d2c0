// @ts-check
/** MIDI keyboards that the browser lets the page hear. */

/**
 * A key in a MIDI message; null for anything else.
 *
 * @param {ArrayLike<number>} data
 * @returns {{ pitch: number, velocity: number, channel: number } | null}
 */
export function keyOf(data) {
  if (data.length < 3) return null;
  const kind = data[0] & 0xf0;
  if (kind !== 0x90 && kind !== 0x80) return null;
  return {
    pitch: data[1] & 0x7f,
    velocity: kind === 0x90 ? data[2] & 0x7f : 0,
    channel: data[0] & 0x0f,
  };
}

export class MidiIn {
  /** @param {(name: string, pitch: number, velocity: number, timeMs: number) => void} onKey */
  constructor(onKey) {
    this.onKey = onKey;
    /** @type {MIDIAccess | null} */
    this.access = null;
    /** Keys that are down, by name. @type {Map<string, number>} */
    this.held = new Map();
  }

  /** Whether this browser can. */
  static get possible() {
    return typeof navigator.requestMIDIAccess === 'function';
  }

  /**
   * Listen to every input there is, and to those that come.
   *
   * @returns {Promise<string[]>} Their names.
   */
  async open() {
    this.access = await navigator.requestMIDIAccess();
    this.access.onstatechange = () => {
      // A keyboard that is pulled out sends no releases any more.
      this.release();
      this.#listen();
    };
    return this.#listen();
  }

  /**
   * A key of a keyboard.
   *
   * @param {number} channel
   * @param {number} pitch
   * @param {number} velocity 0 lets go.
   * @param {number} timeMs
   */
  key(channel, pitch, velocity, timeMs) {
    const name = `midi ${channel} ${pitch}`;
    if (velocity > 0) this.held.set(name, pitch);
    else this.held.delete(name);
    this.onKey(name, pitch, velocity, timeMs);
  }

  /** Every key is let go. */
  release() {
    for (const [name, pitch] of this.held) this.onKey(name, pitch, 0, performance.now());
    this.held.clear();
  }

  #listen() {
    const inputs = [...(this.access?.inputs.values() ?? [])];
    for (const input of inputs) {
      input.onmidimessage = (event) => {
        const key = event.data === null ? null : keyOf(event.data);
        if (key) this.key(key.channel, key.pitch, key.velocity, event.timeStamp);
      };
    }
    return inputs.map((input) => input.name ?? 'input');
  }
}
