// Everything can be read: contrast of WCAG 2.2 at level AA, also for the weakest strokes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  PALETTE,
  SHAPE_PAIRS,
  TEXT_PAIRS,
  contrast,
  luminance,
  shadeOf,
  shades,
} from '../../../bridge/web/static/js/stage/colours.js';

const TEXT = 4.5;
const SHAPE = 3;

test('contrast is that of the standard: black on white 21, and the published grey 4.48', () => {
  assert.ok(Math.abs(contrast('#000000', '#ffffff') - 21) < 1e-9);
  assert.ok(Math.abs(contrast('#777777', '#ffffff') - 4.48) < 0.01);
});

for (const [one, other] of TEXT_PAIRS) {
  test(`${one} can be read on ${other}`, () => {
    const got = contrast(PALETTE[one], PALETTE[other]);
    assert.ok(got >= TEXT, `${got.toFixed(2)} is less than ${TEXT}`);
  });
}

for (const [one, other] of SHAPE_PAIRS) {
  test(`${one} can be seen on ${other}`, () => {
    const got = contrast(PALETTE[one], PALETTE[other]);
    assert.ok(got >= SHAPE, `${got.toFixed(2)} is less than ${SHAPE}`);
  });
}

for (const kind of ['call', 'answer']) {
  test(`the weakest stroke of an ${kind} can be seen in every lane`, () => {
    for (const lane of ['lane', 'laneBlack']) {
      const weakest = shades(PALETTE[kind], PALETTE.lane)[0];
      assert.ok(contrast(weakest, PALETTE[lane]) >= SHAPE);
    }
  });
}

/** Machado and others 2009: what people without one kind of cone see, at full strength. */
const CONES = {
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const linear = (colour) =>
  [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });

for (const [kind, rows] of Object.entries(CONES)) {
  test(`call and answer differ for ${kind} eyes`, () => {
    const seen = (colour) =>
      rows.map((row) => row.reduce((sum, share, i) => sum + share * linear(colour)[i], 0));
    const [call, answer] = [seen(PALETTE.call), seen(PALETTE.answer)];
    const apart = Math.hypot(...call.map((value, i) => value - answer[i]));
    assert.ok(apart > 0.25, `${apart.toFixed(3)} apart in linear light`);
  });
}

test('a stronger stroke is never darker', () => {
  const steps = shades(PALETTE.answer, PALETTE.lane).map(luminance);
  assert.deepEqual(
    [...steps].sort((a, b) => a - b),
    steps,
  );
  assert.equal(shadeOf(1), 0);
  assert.equal(shadeOf(127), steps.length - 1);
});
