// @ts-check
/** Starts the page. */

import { Link } from './app/link.js';
import { Page, pageS } from './app/page.js';
import { actOn } from './app/acts.js';
import { logIn } from './link/api.js';
import { byId, el, releaseFocusAfterClicks, setPressed } from './panel/dom.js';
import { HELP } from './play/keymap.js';
import { remember, remembered } from './settings.js';
import { paintPage } from './stage/colours.js';

const SLOW_MS = 500;
const AHEAD_BEATS = 4;

paintPage();
const page = new Page();
const link = new Link(page);

/**
 * Draw what has changed, once a frame.
 *
 * @param {number} nowMs
 */
function frame(nowMs) {
  requestAnimationFrame(frame);
  const { stale } = page;
  page.stage.frame(nowMs);
  page.transport.show(page.jam.clockOf(page.chosen), page.engineS);
  if (stale.has('card')) page.card.refresh();
  if (stale.has('answers')) page.readouts.answers();
  if (stale.has('sync')) page.readouts.sync();
  if (stale.has('training')) page.readouts.training();
  if (stale.has('log')) page.readouts.log();
  stale.clear();
}

function slowly() {
  page.edits.tire(pageS());
  page.readouts.load(page.stage.frames.summary(), page.engineTime.roundTripS);
}

/**
 * Which of its views a phone shows.
 *
 * @param {string} view
 */
function show(view) {
  document.body.dataset.view = view;
  for (const button of byId('views').querySelectorAll('button')) {
    setPressed(button, button.dataset.view === view);
  }
  page.instrument.fit();
}

function wireTop() {
  byId('sound').addEventListener('click', () => page.toggleSound());
  byId('click').addEventListener('click', () => page.toggleClick());
  byId('keep').addEventListener('click', () => page.send({ command: 'capture' }));
  byId('full').addEventListener('click', () => page.toggleFullScreen());
  byId('help-button').addEventListener('click', () => actOn(page, { page: 'help' }));
  byId('panic-all').addEventListener('click', () => page.press(0, 'panic'));
  const volume = /** @type {HTMLInputElement} */ (byId('volume'));
  const setVolume = () => {
    page.speaker.setVolume(Number(volume.value));
    volume.style.setProperty('--share', `${100 * Number(volume.value)}%`);
    remember('volume', Number(volume.value));
  };
  volume.value = String(remembered('volume', 0.8));
  setVolume();
  volume.addEventListener('input', setVolume);
  const ahead = /** @type {HTMLSelectElement} */ (byId('ahead'));
  const setAhead = () => {
    page.stage.setAhead(Number(ahead.value) || AHEAD_BEATS);
    remember('ahead', Number(ahead.value));
  };
  ahead.value = String(remembered('ahead', AHEAD_BEATS));
  if (!ahead.value) ahead.value = String(AHEAD_BEATS);
  setAhead();
  ahead.addEventListener('change', setAhead);
}

function wireRest() {
  const rows = HELP.map(({ keys, what }) =>
    el('tr', {}, el('th', { scope: 'row' }, keys), el('td', {}, what)),
  );
  byId('help-keys').replaceChildren(...rows);
  for (const button of byId('views').querySelectorAll('button')) {
    button.addEventListener('click', () => show(button.dataset.view ?? 'stage'));
  }
  document.addEventListener('visibilitychange', () => {
    page.stage.frames.pause();
    if (!document.hidden) return;
    // A hidden page is not told of fingers and keys, and its timers are slow.
    page.instrument.release();
    page.speaker.turn();
  });
  window.addEventListener('pagehide', () => page.letGo());
  releaseFocusAfterClicks();
}

async function begin() {
  wireTop();
  wireRest();
  show('stage');
  slowly();
  window.setInterval(slowly, SLOW_MS);
  requestAnimationFrame(frame);
  try {
    await logIn(page.api);
  } catch (error) {
    page.messages.refused(error);
  }
  link.open();
}

/** For measurements and the curious; nothing on the page needs it. */
Object.assign(globalThis, { magentaBridge: page });
begin();
