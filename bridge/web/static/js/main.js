// @ts-check
/** Puts the page together: what the engine tells goes to the state, what people do goes to the engine. */

import { Api, Refused, logIn } from './link/api.js';
import { Edits } from './link/edits.js';
import { Feed } from './link/feed.js';
import { JamState } from './link/jamstate.js';
import { Messages } from './panel/messages.js';
import { PlayerCard } from './panel/playercard.js';
import { Presets } from './panel/presets.js';
import { Readouts } from './panel/readouts.js';
import { Transport } from './panel/transport.js';
import { byId, el, releaseFocusAfterClicks, setPressed } from './panel/dom.js';
import { Instrument } from './play/instrument.js';
import { HELP } from './play/keymap.js';
import { remember, remembered } from './settings.js';
import { Speaker } from './sound/speaker.js';
import { paintPage } from './stage/colours.js';
import { Stage } from './stage/stage.js';
import { EngineTime } from './time/enginetime.js';

const PING_MS = 2000;
const FIRST_PINGS = 5;
const SLOW_MS = 500;

const jam = new JamState();
const engineTime = new EngineTime();
const api = new Api();
const messages = new Messages(byId('banner'), byId('notes'));
const clockOf = (/** @type {number} */ player) => jam.clockOf(player);
const pageS = () => performance.now() / 1000;
const engineS = () => engineTime.engineAt(pageS());

let chosen = 0;
let lastWords = '';
let linked = false;
/** @type {Set<string>} What is to be drawn anew with the next frame. */
const stale = new Set();

const edits = new Edits(
  (player, name, value) => api.command({ command: 'set', player, name, value }),
  () => stale.add('card'),
  (error) => messages.refused(error),
);

/** @param {object} command */
function send(command) {
  api.command(command).catch((error) => messages.refused(error));
}

const speaker = new Speaker(
  engineTime,
  clockOf,
  (player) => jam.players.get(player)?.drums ?? false,
  () => chosen,
);
const stage = new Stage(
  /** @type {HTMLCanvasElement} */ (byId('stage-canvas')),
  byId('stage-words'),
  jam,
  engineTime,
  () => chosen,
);
const readouts = new Readouts(
  {
    likelihood: byId('likelihood'),
    answers: byId('answers'),
    beat: byId('beat'),
    lateness: byId('lateness'),
    load: byId('load'),
    log: byId('log'),
  },
  jam,
);
const card = new PlayerCard(byId('players'), byId('card'), jam, edits, {
  press: (player, action) => press(player, action),
  set: (player, name, value) => edits.set(player, name, value, pageS()),
  choose,
  soundHere: (player, on) => {
    remember(`sound ${jam.players.get(player)?.name}`, on);
    stale.add('card');
  },
  soundsHere,
});
const presets = new Presets(byId('presets'), api, () => chosen, (error) => messages.refused(error), (text) => messages.say(text));
const transport = new Transport(byId('transport'), {
  tempo: (tempo_qpm) => send({ command: 'tempo', tempo_qpm }),
  run: (playing) => send({ command: 'clock', playing }),
});
const instrument = new Instrument(byId('keys'), byId('play-tools'), {
  key: (pitch, velocity, timeMs) => {
    if (!chosen || !linked) return;
    const time_s = engineTime.known ? engineTime.engineAt(timeMs / 1000) : undefined;
    send({ command: 'key', player: chosen, pitch, velocity, channel: 0, time_s });
  },
  sound: (name, drums, pitch, velocity) => speaker.key(name, drums, pitch, velocity),
  act,
  say: (text) => messages.say(text),
});

/** Whether the page sounds a player's answers: unless its notes go somewhere else. @param {number} player */
function soundsHere(player) {
  const view = /** @type {any} */ (jam.players.get(player));
  if (!view) return false;
  return remembered(`sound ${view.name}`, view.kind !== 'device' && !view.output);
}

/** @param {number} player @param {string} action */
function press(player, action) {
  send({ command: 'do', player, action });
  if (action === 'panic') speaker.cutAll();
}

/** @param {number} player */
function choose(player) {
  chosen = player;
  card.chosen = player;
  readouts.chosen = player;
  remember('chosen', player);
  const view = jam.players.get(player);
  if (view) instrument.follow(player, view.drums);
  stale.add('card').add('answers');
}

/** A player that is there must be chosen, if there is any. */
function keepChosen() {
  if (jam.players.has(chosen)) {
    const view = jam.players.get(chosen);
    if (view) instrument.follow(chosen, view.drums);
    return;
  }
  const wanted = remembered('chosen', 0);
  choose(jam.players.has(wanted) ? wanted : (jam.ordered[0]?.number ?? 0));
}

/** @param {import('./play/keymap.js').Act} doing */
function act(doing) {
  if ('page' in doing) {
    pageAct(doing.page);
    return;
  }
  const player = jam.players.get(chosen);
  if (player === undefined) return;
  if ('do' in doing) {
    press(chosen, doing.do);
    return;
  }
  const name = 'toggle' in doing ? doing.toggle : 'turn' in doing ? doing.turn : doing.set;
  const parameter = jam.parameters.find((one) => one.name === name);
  if (parameter === undefined) return;
  const now = edits.shown(chosen, name, player.settings[name]).value;
  const value = turned(doing, parameter, now);
  edits.set(chosen, name, value, pageS());
  const field = card.fields.find((one) => one.name === name);
  messages.say(`${field?.element.querySelector('label')?.textContent ?? name.replaceAll('_', ' ')}: ${value}`);
}

/**
 * @param {Exclude<import('./play/keymap.js').Act, { do: string } | { page: string }>} doing
 * @param {import('./link/jamstate.js').Parameter} parameter
 * @param {any} now
 */
function turned(doing, parameter, now) {
  if ('toggle' in doing) return !now;
  if ('set' in doing) return doing.value;
  if (parameter.kind === 'bundle') {
    const place = jam.bundles.indexOf(now) + doing.by;
    return jam.bundles[(place + jam.bundles.length) % jam.bundles.length];
  }
  const value = Math.round((now + doing.by) * 1000) / 1000;
  return Math.min(parameter.greatest ?? value, Math.max(parameter.least ?? value, value));
}

/** @param {string} what */
function pageAct(what) {
  if (what === 'help') /** @type {HTMLDialogElement} */ (byId('help')).showModal();
  else if (what === 'click') toggleClick();
  else if (what === 'clock') send({ command: 'clock', playing: !clockOf(chosen).playing });
  else if (what === 'full screen') toggleFullScreen();
  else if (what === 'next player') {
    const numbers = jam.ordered.map((player) => player.number);
    if (numbers.length) choose(numbers[(numbers.indexOf(chosen) + 1) % numbers.length]);
  } else instrument.act(what);
}

function toggleClick() {
  speaker.click = !speaker.click;
  setPressed(byId('click'), speaker.click);
  if (speaker.click && !speaker.on) toggleSound();
}

async function toggleSound() {
  if (speaker.on) {
    await speaker.stop();
  } else {
    await speaker.start();
    for (const player of jam.ordered) {
      if (soundsHere(player.number)) speaker.coming(jam.roll.of(player.number).filter((note) => note.kind === 'answer'));
    }
  }
  setPressed(byId('sound'), speaker.on);
}

function toggleFullScreen() {
  const wanted = document.fullscreenElement === null ? byId('stage').requestFullscreen() : document.exitFullscreen();
  wanted.catch((error) => messages.say(error.message, 'bad'));
}

/** @type {Record<string, (data: any) => void>} */
const HEARD = {
  hello(data) {
    engineTime.reset();
    edits.clear();
    speaker.cutAll();
    jam.hello(data, pageS());
    // Until the first ping is back the stream's own delay is taken for none.
    engineTime.add(pageS(), data.time_s, pageS());
    engineTime.pings = [];
    for (let ping = 0; ping < FIRST_PINGS; ping += 1) window.setTimeout(pingOnce, ping * 120);
    lastWords = '';
    keepChosen();
    presets.refresh();
    for (const part of ['card', 'answers', 'sync', 'log']) stale.add(part);
  },
  beat: (data) => jam.beat(data, engineS()),
  player(data) {
    jam.player(data);
    edits.told(data.number, data.settings);
    keepChosen();
    stale.add('card');
  },
  player_left(data) {
    jam.left(data.number);
    keepChosen();
    stale.add('card');
  },
  notes(data) {
    const added = jam.notes(data, pageS());
    if (soundsHere(data.player)) speaker.coming(added);
  },
  taken_back(data) {
    jam.takenBack(data);
    speaker.takenBack(data.player, data.answer_id, data.from_beats, data.silenced !== false);
  },
  key(data) {
    jam.key(data, pageS());
    if (data.player === chosen) instrument.light(data.pitch, data.velocity > 0);
  },
  answer(data) {
    jam.answer(data);
    stale.add('answers');
  },
  sync(data) {
    jam.sync(data);
    stale.add('sync');
  },
  load(data) {
    jam.load = data;
  },
  log(data) {
    jam.line(data);
    stale.add('log');
    if (data.level === 'warning') messages.say(data.text, 'bad');
  },
  gone(data) {
    lastWords = data.text ?? '';
  },
};

const feed = new Feed(
  '/api/stream',
  (name, data) => HEARD[name]?.(data),
  (connected, failures) => {
    linked = connected;
    document.body.dataset.linked = String(connected);
    if (connected) {
      messages.back();
      return;
    }
    speaker.cutAll();
    instrument.release();
    if (failures === 1) messages.lost(lastWords);
    askWhy();
  },
);

/** A stream that fails says nothing of why; a request does. */
async function askWhy() {
  try {
    await api.ping();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) messages.askToken(logInWith);
    else if (!(error instanceof TypeError) && !(error instanceof Refused)) throw error;
  }
}

/** @param {string} token */
async function logInWith(token) {
  try {
    await api.post('/api/login', { token });
    feed.open();
  } catch (error) {
    messages.refused(error);
  }
}

async function pingOnce() {
  if (!linked) return;
  const sentS = pageS();
  try {
    const told = await api.ping();
    engineTime.add(sentS, told, pageS());
  } catch (error) {
    // The stream says when the engine is gone; a ping that is lost on the way is none.
    if (!(error instanceof TypeError) && !(error instanceof Refused)) throw error;
  }
}

/** Draw what has changed, once a frame. @param {number} nowMs */
function frame(nowMs) {
  requestAnimationFrame(frame);
  stage.frame(nowMs);
  transport.show(clockOf(chosen), engineS());
  if (stale.has('card')) card.refresh();
  if (stale.has('answers')) readouts.answers();
  if (stale.has('sync')) readouts.sync();
  if (stale.has('log')) readouts.log();
  stale.clear();
}

function slowly() {
  edits.tire(pageS());
  readouts.load(stage.frames.summary(), engineTime.roundTripS);
}

/** Which of the views a phone shows. @param {string} view */
function show(view) {
  document.body.dataset.view = view;
  for (const button of byId('views').querySelectorAll('button')) setPressed(button, button.dataset.view === view);
  instrument.fit();
}

function wire() {
  byId('sound').addEventListener('click', toggleSound);
  byId('click').addEventListener('click', toggleClick);
  byId('full').addEventListener('click', toggleFullScreen);
  byId('help-button').addEventListener('click', () => pageAct('help'));
  byId('panic-all').addEventListener('click', () => press(0, 'panic'));
  byId('help-keys').replaceChildren(
    ...HELP.map(({ keys, what }) => el('tr', {}, el('th', { scope: 'row' }, keys), el('td', {}, what))),
  );
  const volume = /** @type {HTMLInputElement} */ (byId('volume'));
  volume.value = String(remembered('volume', 0.8));
  speaker.setVolume(Number(volume.value));
  volume.addEventListener('input', () => {
    speaker.setVolume(Number(volume.value));
    remember('volume', Number(volume.value));
  });
  const ahead = /** @type {HTMLSelectElement} */ (byId('ahead'));
  ahead.value = String(remembered('ahead', 4));
  stage.setAhead(Number(ahead.value) || 4);
  ahead.addEventListener('change', () => {
    stage.setAhead(Number(ahead.value));
    remember('ahead', Number(ahead.value));
  });
  for (const button of byId('views').querySelectorAll('button')) {
    button.addEventListener('click', () => show(button.dataset.view ?? 'stage'));
  }
  document.addEventListener('visibilitychange', () => stage.frames.pause());
  releaseFocusAfterClicks();
}

async function begin() {
  paintPage();
  wire();
  show('stage');
  stale.add('card').add('answers').add('sync');
  slowly();
  try {
    await logIn(api);
  } catch (error) {
    messages.refused(error);
  }
  feed.open();
  window.setInterval(pingOnce, PING_MS);
  window.setInterval(slowly, SLOW_MS);
  requestAnimationFrame(frame);
}

/** For measurements and the curious; nothing on the page needs it. */
Object.assign(globalThis, { magentaBridge: { jam, engineTime, stage, speaker, edits, feed } });
begin();
