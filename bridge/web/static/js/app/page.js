// @ts-check
/** The page as a whole: its parts, who is chosen, and what people can do with it. */

import { Api } from '../link/api.js';
import { Edits } from '../link/edits.js';
import { JamState } from '../link/jamstate.js';
import { byId, setPressed } from '../panel/dom.js';
import { Hand } from '../panel/hand.js';
import { Messages } from '../panel/messages.js';
import { PlayerCard } from '../panel/playercard.js';
import { Presets } from '../panel/presets.js';
import { Readouts } from '../panel/readouts.js';
import { Transport } from '../panel/transport.js';
import { Instrument } from '../play/instrument.js';
import { remember, remembered } from '../settings.js';
import { Speaker } from '../sound/speaker.js';
import { Stage } from '../stage/stage.js';
import { EngineTime } from '../time/enginetime.js';
import { actOn } from './acts.js';

/** How long the note sounds that turns the sound on. */
const FIRST_NOTE_MS = 250;

/** The page's clock, in seconds. */
export function pageS() {
  return performance.now() / 1000;
}

export class Page {
  constructor() {
    this.chosen = 0;
    this.linked = false;
    /** @type {Map<number, number>} The player that each held pitch was told to. */
    this.held = new Map();
    /** Whether a person has turned the sound off. */
    this.silenced = false;
    this.starting = false;
    /** @type {Set<string>} What is to be drawn anew with the next frame. */
    this.stale = new Set(['card', 'answers', 'sync']);
    this.jam = new JamState();
    this.engineTime = new EngineTime();
    this.api = new Api();
    this.messages = new Messages(byId('banner'), byId('notes'));
    this.hand = new Hand(byId('hand'), this.jam);
    this.edits = new Edits(
      (player, name, value) => this.api.command({ command: 'set', player, name, value }),
      () => this.stale.add('card'),
      (error) => this.messages.refused(error),
    );
    this.speaker = new Speaker(
      this.engineTime,
      (player) => this.jam.clockOf(player),
      (player) => this.jam.players.get(player)?.drums ?? false,
      () => this.chosen,
    );
    this.stage = new Stage(
      /** @type {HTMLCanvasElement} */ (byId('stage-canvas')),
      byId('stage-words'),
      this.jam,
      this.engineTime,
      () => this.chosen,
    );
    this.readouts = readoutsOf(this);
    this.card = cardOf(this);
    this.presets = presetsOf(this);
    this.transport = transportOf(this);
    this.instrument = instrumentOf(this);
  }

  /** The engine's time now, in seconds. */
  get engineS() {
    return this.engineTime.engineAt(pageS());
  }

  /**
   * Send a command; a refusal is said.
   *
   * @param {object} command
   */
  send(command) {
    this.api.command(command).catch((error) => this.messages.refused(error));
  }

  /**
   * Press a button of a player.
   *
   * @param {number} player 0 is everybody.
   * @param {string} action
   */
  press(player, action) {
    this.send({ command: 'do', player, action });
    if (action === 'panic') this.speaker.cutAll();
  }

  /**
   * Strike a key of the chosen player, or let one go.
   *
   * @param {number} pitch
   * @param {number} velocity 0 lets go.
   * @param {number} timeMs When, by the page's clock.
   */
  key(pitch, velocity, timeMs) {
    // Whoever was struck is let go, also when another player is chosen meanwhile.
    const player = velocity > 0 ? this.chosen : (this.held.get(pitch) ?? this.chosen);
    if (!player || !this.linked) return;
    if (velocity > 0) this.held.set(pitch, player);
    else this.held.delete(pitch);
    if (!this.jam.players.has(player)) return;
    const time_s = this.engineTime.known ? this.engineTime.engineAt(timeMs / 1000) : undefined;
    this.send({ command: 'key', player, pitch, velocity, channel: 0, time_s });
  }

  /** Let go every key that the engine takes for held. */
  letGo() {
    for (const pitch of [...this.held.keys()]) this.key(pitch, 0, performance.now());
  }

  /**
   * Open the controls of a player.
   *
   * @param {number} player
   */
  choose(player) {
    this.chosen = player;
    this.card.chosen = player;
    this.readouts.chosen = player;
    remember('chosen', player);
    this.#takeUp();
    this.stale.add('card').add('answers');
  }

  /** The chosen player must be there, if any is. */
  keepChosen() {
    if (this.jam.players.has(this.chosen)) {
      this.#takeUp();
      return;
    }
    const wanted = remembered('chosen', 0);
    this.choose(this.jam.players.has(wanted) ? wanted : (this.jam.ordered[0]?.number ?? 0));
  }

  #takeUp() {
    const player = this.jam.players.get(this.chosen);
    if (player !== undefined) this.instrument.follow(player.number, player.drums);
  }

  /**
   * Whether the page sounds a player's answers: unless its notes go somewhere else.
   *
   * @param {number} player
   */
  soundsHere(player) {
    const view = /** @type {any} */ (this.jam.players.get(player));
    if (!view) return false;
    return remembered(`sound ${view.name}`, view.kind !== 'device' && !view.output);
  }

  /**
   * @param {number} player
   * @param {boolean} on
   */
  soundHere(player, on) {
    remember(`sound ${this.jam.players.get(player)?.name}`, on);
    if (on) this.#soundComing(player);
    this.stale.add('card');
  }

  async toggleSound() {
    if (!this.speaker.on) {
      await this.#startSound();
      return;
    }
    this.silenced = true;
    await this.speaker.stop();
    setPressed(byId('sound'), false);
  }

  /**
   * A key of this page sounds; the first one turns the sound on, unless it was turned off.
   *
   * @param {string} name What tells this key from others that are held.
   * @param {boolean} drums
   * @param {number} pitch
   * @param {number} velocity 0 lets go.
   */
  async soundKey(name, drums, pitch, velocity) {
    const { speaker } = this;
    if (velocity > 0 && !this.soundsHere(this.chosen)) return;
    if (velocity === 0 || speaker.on) {
      speaker.key(name, drums, pitch, velocity);
      return;
    }
    if (this.silenced || this.starting) return;
    await this.#startSound();
    speaker.key(name, drums, pitch, velocity);
    // It may have been let go before the sound was there.
    window.setTimeout(() => speaker.key(name, drums, pitch, 0), FIRST_NOTE_MS);
  }

  async #startSound() {
    this.starting = true;
    this.silenced = false;
    try {
      await this.speaker.start();
    } finally {
      this.starting = false;
    }
    for (const { number } of this.jam.ordered) this.#soundComing(number);
    setPressed(byId('sound'), this.speaker.on);
  }

  /** What the page was told while it was silent. @param {number} player */
  #soundComing(player) {
    if (!this.soundsHere(player)) return;
    this.speaker.coming(this.jam.roll.of(player).filter((note) => note.kind === 'answer'));
  }

  toggleClick() {
    this.speaker.click = !this.speaker.click;
    setPressed(byId('click'), this.speaker.click);
    if (this.speaker.click && !this.speaker.on) this.toggleSound();
  }

  toggleFullScreen() {
    const full = document.fullscreenElement !== null;
    const change = full ? document.exitFullscreen() : byId('stage').requestFullscreen();
    change.catch((error) => this.messages.say(error.message, 'bad'));
  }
}

/** @param {Page} page */
function readoutsOf(page) {
  const names = ['likelihood', 'answers', 'beat', 'lateness', 'load', 'training', 'log'];
  const places = Object.fromEntries(names.map((name) => [name, byId(name)]));
  return new Readouts(/** @type {any} */ (places), page.jam);
}

/** @param {Page} page */
function cardOf(page) {
  return new PlayerCard(byId('players'), byId('card'), page.jam, page.edits, {
    press: (player, action) => page.press(player, action),
    set: (player, name, value) => page.edits.set(player, name, value, pageS()),
    choose: (player) => page.choose(player),
    soundHere: (player, on) => page.soundHere(player, on),
    soundsHere: (player) => page.soundsHere(player),
  });
}

/** @param {Page} page */
function presetsOf(page) {
  return new Presets(
    byId('presets'),
    page.api,
    () => page.chosen,
    (error) => page.messages.refused(error),
    (text) => page.messages.say(text),
  );
}

/** @param {Page} page */
function transportOf(page) {
  return new Transport(byId('transport'), {
    tempo: (tempo_qpm) => page.send({ command: 'tempo', tempo_qpm }),
    run: (playing) => page.send({ command: 'clock', playing }),
  });
}

/** @param {Page} page */
function instrumentOf(page) {
  return new Instrument(byId('keys'), byId('play-tools'), {
    key: (pitch, velocity, timeMs) => page.key(pitch, velocity, timeMs),
    sound: (name, drums, pitch, velocity) => page.soundKey(name, drums, pitch, velocity),
    act: (act) => actOn(page, act),
    say: (text) => page.messages.say(text),
  });
}
