"use strict";
// Math.random of a script, the same in every run (a linear congruence; 32 bits of state).

/** A function like Math.random for a seed. */
function seededRandom(seed) {
  let state = (Math.imul(seed, 2654435761) >>> 0) || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

module.exports = { seededRandom };
