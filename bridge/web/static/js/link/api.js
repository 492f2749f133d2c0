// @ts-check
/** What the page asks of the engine's server. */

/** A request that was refused, with the server's own words. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {{ code?: string, message?: string, hint?: string }} error
   * @param {number | null} [done] How many commands of the request were carried out before.
   */
  constructor(status, error, done = null) {
    super(error.message ?? `The engine refused (${status}).`);
    this.name = 'Refused';
    this.status = status;
    this.code = error.code ?? '';
    this.hint = error.hint ?? '';
    this.done = done;
  }
}

const HEADERS = { 'Content-Type': 'application/json', 'X-Magenta-Bridge': '1' };
const GONE = 'The engine is gone.';
/** Commands in one request. */
const MOST_COMMANDS = 64;

/**
 * @typedef {object} Waiting A command that leaves with the next request.
 * @property {object} command
 * @property {() => void} done
 * @property {(error: unknown) => void} failed
 */

export class Api {
  constructor() {
    /** @type {Waiting[]} */
    this.waiting = [];
    this.travels = false;
    /** What the stream's hello calls this page: the engine lets its keys go if it dies. */
    this.page = '';
  }

  /**
   * A command. They arrive in the order in which they were given: one request is on its way at a
   * time, and what comes meanwhile goes with the next.
   *
   * @param {object} command
   * @returns {Promise<void>} Carried out; a refusal is this command's own.
   */
  command(command) {
    return new Promise((done, failed) => {
      this.waiting.push({ command, done, failed });
      if (!this.travels) this.#leave();
    });
  }

  /** What waits is not sent any more: the engine is gone. */
  forget() {
    for (const one of this.waiting.splice(0)) one.failed(new Refused(0, { message: GONE }));
  }

  /** The engine's clock now, in seconds. @returns {Promise<number>} */
  async ping() {
    return (await this.post('/api/ping', {})).time_s;
  }

  /** @returns {Promise<string[]>} */
  async presets() {
    const response = await fetch('/api/presets', { cache: 'no-store' });
    return (await read(response)).presets;
  }

  /**
   * @param {string} path
   * @param {object} body
   * @returns {Promise<any>}
   */
  async post(path, body) {
    const response = await fetch(path, {
      method: 'POST',
      headers: this.page ? { ...HEADERS, 'X-Magenta-Page': this.page } : HEADERS,
      body: JSON.stringify(body),
      cache: 'no-store',
      // The last key is let go also if the page is closed meanwhile.
      keepalive: true,
    });
    return read(response);
  }

  async #leave() {
    this.travels = true;
    // What is given within this turn of the browser goes along.
    await Promise.resolve();
    while (this.waiting.length) {
      const batch = this.waiting.splice(0, MOST_COMMANDS);
      try {
        await this.post(
          '/api/commands',
          batch.map((one) => one.command),
        );
        for (const one of batch) one.done();
      } catch (error) {
        this.#refused(batch, error);
      }
    }
    this.travels = false;
  }

  /**
   * One of several commands was refused: those before it were carried out, those after it were not
   * looked at and are sent again.
   *
   * @param {Waiting[]} batch
   * @param {unknown} error
   */
  #refused(batch, error) {
    const done = error instanceof Refused ? error.done : null;
    if (done === null) {
      for (const one of batch) one.failed(error);
      return;
    }
    for (const one of batch.slice(0, done)) one.done();
    batch[done]?.failed(error);
    this.waiting.unshift(...batch.slice(done + 1));
  }
}

/** @param {Response} response @returns {Promise<any>} */
async function read(response) {
  const text = await response.text();
  /** @type {any} */
  let body = {};
  try {
    body = text ? JSON.parse(text) : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!response.ok) throw new Refused(response.status, body.error ?? {}, body.done ?? null);
  return body;
}

/**
 * Give the server the token that came with the page's address, and take it out of the address.
 *
 * @param {Api} api
 */
export async function logIn(api) {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  history.replaceState(null, '', location.pathname + location.search);
  await api.post('/api/login', { token });
}
