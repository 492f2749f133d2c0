// @ts-check
/** Read-outs: likelihood, the beat, lateness, load, the log. Drawn when something has changed. */

import { el, setText, svg } from './dom.js';
import { SPARK_PX, WIDTH, number, picture } from './figures.js';
import { barNames, bars, line, pathOf, span } from './plot.js';
import { showTraining } from './training.js';

const ANSWERS = 40;
const SECONDS = 120;
const LEAST_NATS = 0.6;
const LEAST_MS = 2;

/**
 * @typedef {import('../link/jamstate.js').JamState} JamState
 */

export class Readouts {
  /**
   * @param {Record<'likelihood' | 'answers' | 'beat' | 'lateness' | 'load' | 'training' | 'log',
   *   HTMLElement>} places
   * @param {JamState} jam
   */
  constructor(places, jam) {
    this.places = places;
    this.jam = jam;
    this.chosen = 0;
    this.level = 'info';
    this.loggedTo = -1;
  }

  /** Likelihood of the chosen player's answers. */
  answers() {
    const own = this.jam.answers.filter((answer) => answer.player === this.chosen).slice(-ANSWERS);
    const call = own.map((answer) => answer.call_nats_per_step);
    const answered = own.map((answer) => answer.answer_nats_per_step);
    const known = [...call, ...answered].filter((value) => Number.isFinite(value));
    const range = span(known, LEAST_NATS);
    const last = own[own.length - 1];
    const label = last
      ? `Likelihood of ${own.length} answers; the newest ` +
        `${number(last.answer_nats_per_step)} nats a step, its call ` +
        number(last.call_nats_per_step)
      : 'Likelihood: no answer yet';
    this.places.likelihood.replaceChildren(
      el(
        'p',
        { class: 'figures' },
        el('span', { class: 'call' }, `call ${number(last?.call_nats_per_step)}`),
        el('span', { class: 'answer' }, `answer ${number(last?.answer_nats_per_step)}`),
        el('span', {}, `total ${number(last?.running_total_nats, 1)}`),
      ),
      picture(
        label,
        SPARK_PX,
        svg('path', {
          class: 'call',
          d: pathOf(line(call, ANSWERS, WIDTH - 8, SPARK_PX - 4, range)),
          transform: 'translate(4 2)',
        }),
        svg('path', {
          class: 'answer',
          d: pathOf(line(answered, ANSWERS, WIDTH - 8, SPARK_PX - 4, range)),
          transform: 'translate(4 2)',
        }),
      ),
    );
    this.places.answers.replaceChildren(...own.slice(-8).reverse().map(answerRow));
  }

  /** How well the beat is followed, and how late notes leave. */
  sync() {
    const { syncs } = this.jam;
    const last = syncs[syncs.length - 1];
    if (last === undefined) {
      this.places.beat.replaceChildren(el('p', { class: 'empty' }, 'Nothing measured yet.'));
      this.places.lateness.replaceChildren();
      return;
    }
    const recent = syncs.slice(-SECONDS);
    const phase = recent.map((one) => one.phase_error_ms ?? null);
    const jitter = recent.map((one) => one.jitter?.p99_ms ?? null);
    const values = [...phase, ...jitter].filter((value) => value !== null);
    const range = span([0, ...values], LEAST_MS);
    const zero = SPARK_PX - ((0 - range[0]) / (range[1] - range[0])) * SPARK_PX;
    this.places.beat.replaceChildren(
      el(
        'p',
        { class: 'figures' },
        el('span', {}, `${last.source || 'no source'}${last.locked ? ', locked' : ''}`),
        el('span', { class: 'answer' }, `phase ${number(last.phase_error_ms)} ms`),
        el('span', { class: 'call' }, `jitter p99 ${number(last.jitter?.p99_ms)} ms`),
      ),
      picture(
        `Phase error ${number(last.phase_error_ms)} ms, jitter ${number(last.jitter?.p99_ms)} ms`,
        SPARK_PX,
        svg('path', { class: 'zero', d: `M0 ${zero.toFixed(1)}H${WIDTH}` }),
        svg('path', { class: 'call', d: pathOf(line(jitter, SECONDS, WIDTH, SPARK_PX, range)) }),
        svg('path', { class: 'answer', d: pathOf(line(phase, SECONDS, WIDTH, SPARK_PX, range)) }),
      ),
      el(
        'p',
        { class: 'figures faint' },
        el('span', {}, `drift ${number(last.drift_ppm, 0)} ppm`),
        el('span', {}, `${number(last.messages_per_s, 0)} messages/s`),
        el('span', {}, `lost ${last.lost ?? 0}`),
        el('span', {}, breaksText(last.breaks)),
      ),
    );
    this.#lateness(last);
  }

  /** @param {any} last */
  #lateness(last) {
    const counts = last.lateness_counts ?? [];
    const names = barNames(last.lateness_edges_ms ?? [], counts.length);
    const shapes = bars(counts, WIDTH, SPARK_PX).map((bar, index) =>
      svg(
        'rect',
        { class: 'bar', x: bar.x, y: bar.y, width: bar.width, height: bar.height },
        svg('title', {}, `${names[index]}: ${bar.count} notes`),
      ),
    );
    const said = counts
      .map((/** @type {number} */ count, /** @type {number} */ index) =>
        count ? `${names[index]}: ${count}` : '',
      )
      .filter(Boolean);
    this.places.lateness.replaceChildren(
      el(
        'p',
        { class: 'figures' },
        el('span', {}, `${last.notes ?? 0} notes`),
        el('span', {}, `latest ${number(last.lateness_max_ms)} ms`),
      ),
      picture(`Lateness of notes: ${said.join(', ') || 'no note yet'}`, SPARK_PX, ...shapes),
      el(
        'p',
        { class: 'scale faint' },
        el('span', {}, names[0] ?? ''),
        el('span', {}, names[names.length - 1] ?? ''),
      ),
    );
  }

  /**
   * The engine's work and the page's.
   *
   * @param {ReturnType<import('../stage/frames.js').Frames['summary']>} frames
   * @param {number} roundTripS
   */
  load(frames, roundTripS) {
    const { load } = this.jam;
    const share = load?.share ?? 0;
    const rows = [
      ['Engine at work', load ? `${number(100 * share, 1)} %` : '–'],
      ['Its longest turn', load ? `${number(load.longest_turn_ms, 1)} ms` : '–'],
      ['Frame, p50 / p99', `${number(frames.gapP50Ms, 1)} / ${number(frames.gapP99Ms, 1)} ms`],
      ['Drawing, p50 / p99', `${number(frames.drawP50Ms)} / ${number(frames.drawP99Ms)} ms`],
      ['There and back', `${number(roundTripS * 1000, 1)} ms`],
    ];
    const meter = el(
      'div',
      {
        class: 'meter',
        role: 'meter',
        'aria-label': 'Share of time that the engine works',
        'aria-valuemin': 0,
        'aria-valuemax': 100,
        'aria-valuenow': Math.round(100 * share),
      },
      el('div'),
    );
    // By the object model: a strict content policy forbids style attributes.
    /** @type {HTMLElement} */ (meter.firstElementChild).style.width =
      `${Math.min(100, 100 * share)}%`;
    const list = rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]);
    this.places.load.replaceChildren(meter, el('dl', {}, ...list));
  }

  /** A training that runs beside the jam. */
  training() {
    showTraining(this.places.training, this.jam.training);
  }

  /** The log: what is new is added at the end. */
  log() {
    const { log } = this.places;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
    const first = this.jam.log[0]?.number ?? 0;
    const newest = this.jam.log[this.jam.log.length - 1]?.number ?? -1;
    if (newest < this.loggedTo || log.childElementCount > 2 * this.jam.log.length) {
      log.replaceChildren();
      this.loggedTo = first - 1;
    }
    for (const entry of this.jam.log) {
      if (entry.number <= this.loggedTo) continue;
      log.append(
        el(
          'li',
          { class: entry.level },
          el('span', { class: 'level' }, entry.level),
          ` ${entry.text}`,
        ),
      );
      this.loggedTo = entry.number;
    }
    if (atEnd) log.scrollTop = log.scrollHeight;
  }
}

/**
 * Stops, jumps and the like that were heard of so far.
 *
 * @param {readonly [string, number][] | undefined} breaks
 */
function breaksText(breaks) {
  const told = (breaks ?? []).map(([kind, count]) => `${kind} ${count}`);
  return told.length ? told.join(', ') : 'no breaks';
}

/** @param {any} answer */
function answerRow(answer) {
  const choice = answer.choice
    ? `best of ${answer.choice.tried}, score ${number(answer.choice.score)}`
    : '';
  return el(
    'tr',
    {},
    el('td', {}, String(answer.answer_id)),
    el('td', {}, number(answer.answer_nats_per_step)),
    el('td', {}, number(answer.temperature)),
    el('td', {}, String(answer.seed)),
    el('td', {}, `${answer.notes} in ${number(answer.length_beats, 0)}`),
    el('td', {}, choice),
  );
}
