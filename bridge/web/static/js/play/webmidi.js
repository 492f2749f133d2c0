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
    this.access.onstatechange = () => this.#listen();
    return this.#listen();
  }

  #listen() {
    const inputs = [...(this.access?.inputs.values() ?? [])];
    for (const input of inputs) {
      input.onmidimessage = (event) => {
        const key = event.data === null ? null : keyOf(event.data);
        if (key)
          this.onKey(`midi ${key.channel} ${key.pitch}`, key.pitch, key.velocity, event.timeStamp);
      };
    }
    return inputs.map((input) => input.name ?? 'input');
  }
}
