// @ts-check
/**
 * The engine's stream of events, connected again by itself.
 *
 * A browser connects again on its own after a break, but gives up for good when the answer is an
 * error; so a stream that has failed is closed and a new one opened, less and less often.
 */

export const EVENTS = [
  'hello',
  'beat',
  'player',
  'player_left',
  'notes',
  'taken_back',
  'key',
  'answer',
  'sync',
  'load',
  'readout',
  'training',
  'log',
  'gone',
];
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 4000;
/** The engine speaks ten times a second; a stream that is silent for so long is dead. */
const SILENCE_MS = 6000;

/**
 * How long to wait before trying again.
 *
 * @param {number} failures In a row, from 1.
 */
export function waitMs(failures) {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 1.6 ** (failures - 1));
}

export class Feed {
  /**
   * @param {string} address
   * @param {(name: string, data: any) => void} onEvent
   * @param {(connected: boolean, failures: number) => void} onLink
   */
  constructor(address, onEvent, onLink) {
    this.address = address;
    this.onEvent = onEvent;
    this.onLink = onLink;
    this.failures = 0;
    /** @type {EventSource | null} */
    this.source = null;
    this.timer = 0;
    this.watch = 0;
    this.heardMs = 0;
  }

  /** Connect. */
  open() {
    this.close();
    const source = new EventSource(this.address);
    this.source = source;
    this.heardMs = performance.now();
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => {
        if (this.source === source) this.#hear(name, JSON.parse(event.data));
      });
    }
    source.onerror = () => {
      if (this.source === source) this.#lost();
    };
    this.watch = window.setInterval(() => {
      if (performance.now() - this.heardMs > SILENCE_MS) this.#lost();
    }, SILENCE_MS / 4);
  }

  /** Leave. */
  close() {
    window.clearTimeout(this.timer);
    window.clearInterval(this.watch);
    this.source?.close();
    this.source = null;
  }

  /**
   * @param {string} name
   * @param {any} data
   */
  #hear(name, data) {
    this.heardMs = performance.now();
    if (name === 'hello') {
      this.failures = 0;
      this.onEvent(name, data);
      this.onLink(true, 0);
      return;
    }
    this.onEvent(name, data);
    if (name === 'gone') this.#lost();
  }

  #lost() {
    this.close();
    this.failures += 1;
    this.onLink(false, this.failures);
    this.timer = window.setTimeout(() => this.open(), waitMs(this.failures));
  }
}
