// @ts-check
/** The page's link with the engine: the stream, the clock's offset, what happens when it breaks. */

import { Refused } from '../link/api.js';
import { Feed } from '../link/feed.js';
import { pageS } from './page.js';

const PING_MS = 2000;
const FIRST_PINGS = 6;
const FIRST_PING_MS = 120;
/** An engine that answers, and so often lets nobody read, has too many pages. */
const REFUSED_AFTER = 3;
/** How a line of the log begins that tells where captured music lies. */
const KEPT = 'Captured ';

export class Link {
  /** @param {import('./page.js').Page} page */
  constructor(page) {
    this.page = page;
    this.lastWords = '';
    const heard = hearing(page, this);
    this.feed = new Feed(
      '/api/stream',
      (name, data) => heard[name]?.(data),
      (linked, failures) => (linked ? this.#found() : this.#lost(failures)),
    );
  }

  /** Link, and stay linked. */
  open() {
    this.feed.open();
    window.setInterval(() => this.ping(), PING_MS);
  }

  /** Several pings at once: the shortest tells the offset. */
  pingOften() {
    for (let ping = 0; ping < FIRST_PINGS; ping += 1) {
      window.setTimeout(() => this.ping(), ping * FIRST_PING_MS);
    }
  }

  /** Ask for the engine's time. */
  async ping() {
    if (!this.page.linked) return;
    const sentS = pageS();
    try {
      const told = await this.page.api.ping();
      this.page.engineTime.add(sentS, told, pageS());
    } catch (error) {
      // The stream says when the engine is gone; a ping that is lost on the way is no news.
      if (!isLoss(error)) throw error;
    }
  }

  #found() {
    this.page.linked = true;
    document.body.dataset.linked = 'true';
    this.page.messages.back();
    // What was let go while the link was broken could not be told.
    this.page.letGo();
    this.pingOften();
  }

  /** @param {number} failures In a row. */
  #lost(failures) {
    const { page } = this;
    page.linked = false;
    document.body.dataset.linked = 'false';
    page.speaker.cutAll();
    page.instrument.release();
    page.api.forget();
    if (failures === 1) page.messages.lost(this.lastWords);
    this.#askWhy(failures);
  }

  /** A stream that fails does not say why; a request does. @param {number} failures In a row. */
  async #askWhy(failures) {
    try {
      await this.page.api.ping();
      if (failures >= REFUSED_AFTER && !this.page.linked) this.page.messages.crowded();
    } catch (error) {
      if (!isLoss(error)) throw error;
      if (error instanceof Refused && error.status === 401) {
        this.page.messages.askToken((token) => this.#logIn(token));
      }
    }
  }

  /** @param {string} token */
  async #logIn(token) {
    try {
      await this.page.api.post('/api/login', { token });
      this.feed.open();
    } catch (error) {
      this.page.messages.refused(error);
    }
  }
}

/** Whether a request did not reach the engine, or was refused by it. @param {unknown} error */
function isLoss(error) {
  return error instanceof TypeError || error instanceof Refused;
}

/**
 * What each event of the stream changes.
 *
 * @param {import('./page.js').Page} page
 * @param {Link} link
 * @returns {Record<string, (data: any) => void>}
 */
function hearing(page, link) {
  const { jam, stale, speaker } = page;
  return {
    hello(data) {
      page.api.page = data.page ?? '';
      page.edits.clear();
      speaker.cutAll();
      page.hand.hide();
      page.engineTime.reset();
      // Until the first ping is back, the stream's own delay is taken for none.
      page.engineTime.guess(data.time_s, pageS());
      jam.hello(data, pageS());
      link.lastWords = '';
      page.keepChosen();
      page.presets.refresh();
      for (const part of ['card', 'answers', 'sync', 'training', 'log']) stale.add(part);
    },
    beat: (data) => jam.beat(data, page.engineS),
    player(data) {
      jam.player(data);
      page.edits.told(data.number, data.settings);
      page.keepChosen();
      stale.add('card');
    },
    player_left(data) {
      jam.left(data.number);
      page.keepChosen();
      stale.add('card');
    },
    notes(data) {
      const added = jam.notes(data, pageS());
      if (page.soundsHere(data.player)) speaker.coming(added);
    },
    taken_back(data) {
      jam.takenBack(data);
      speaker.takenBack(data.player, data.answer_id, data.from_beats, data.silenced !== false);
    },
    key(data) {
      jam.key(data, pageS());
      if (data.player === page.chosen) page.instrument.light(data.pitch, data.velocity > 0);
    },
    answer(data) {
      jam.answer(data);
      stale.add('answers').add('card');
    },
    sync(data) {
      jam.sync(data);
      stale.add('sync');
    },
    load(data) {
      jam.load = data;
    },
    readout: (data) => page.hand.show(data),
    training(data) {
      jam.training = data;
      stale.add('training');
    },
    log(data) {
      jam.line(data);
      stale.add('log');
      if (data.level === 'warning') page.messages.say(data.text, 'bad');
      else if (data.text.startsWith(KEPT)) page.messages.say(data.text);
    },
    gone(data) {
      link.lastWords = data.text ?? '';
    },
  };
}
