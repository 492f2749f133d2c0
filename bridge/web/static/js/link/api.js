// @ts-check
/** What the page asks of the engine's server. */

/** A request that was refused, with the server's own words. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {{ code?: number, message?: string, hint?: string }} error
   */
  constructor(status, error) {
    super(error.message ?? `The engine refused (${status}).`);
    this.name = 'Refused';
    this.status = status;
    this.code = error.code ?? 0;
    this.hint = error.hint ?? '';
  }
}

const HEADERS = { 'Content-Type': 'application/json', 'X-Magenta-Bridge': '1' };
/** What leaves within one turn of the browser goes in one request, up to so many. */
const MOST_COMMANDS = 64;

/**
 * @typedef {object} Waiting A command that leaves with the next request.
 * @property {object} command
 * @property {(value: unknown) => void} done
 * @property {(error: unknown) => void} failed
 */

export class Api {
  constructor() {
    /** @type {Waiting[]} */
    this.waiting = [];
    this.leaves = false;
  }

  /**
   * A command; those of one moment travel together, in order.
   *
   * @param {object} command
   * @returns {Promise<unknown>}
   */
  command(command) {
    return new Promise((done, failed) => {
      this.waiting.push({ command, done, failed });
      if (this.leaves) return;
      this.leaves = true;
      queueMicrotask(() => this.#leave());
    });
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
      headers: HEADERS,
      body: JSON.stringify(body),
      cache: 'no-store',
    });
    return read(response);
  }

  async #leave() {
    this.leaves = false;
    const batch = this.waiting.splice(0, MOST_COMMANDS);
    if (this.waiting.length) {
      this.leaves = true;
      queueMicrotask(() => this.#leave());
    }
    const commands = batch.map((one) => one.command);
    try {
      const taken = await this.post(
        '/api/commands',
        commands.length === 1 ? commands[0] : commands,
      );
      for (const one of batch) one.done(taken);
    } catch (error) {
      for (const one of batch) one.failed(error);
    }
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
  if (!response.ok) throw new Refused(response.status, body.error ?? {});
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
