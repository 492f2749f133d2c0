"use strict";
// What Max 8's js understands: ECMAScript 5, and nothing of the later built-in library.

const vm = require("vm");

const LANGUAGE = [
  "Object Function Array String Boolean Number Date RegExp Error EvalError RangeError",
  "ReferenceError SyntaxError TypeError URIError Math JSON parseInt parseFloat isNaN isFinite",
  "decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval undefined NaN",
  "Infinity",
].join(" ").split(" ");

const FUNCTION = "length name prototype caller arguments";
const LIBRARY = {
  Object: FUNCTION + " getPrototypeOf getOwnPropertyDescriptor getOwnPropertyNames create" +
    " defineProperty defineProperties seal freeze preventExtensions isSealed isFrozen" +
    " isExtensible keys",
  "Object.prototype": "constructor toString toLocaleString valueOf hasOwnProperty isPrototypeOf" +
    " propertyIsEnumerable __proto__ __defineGetter__ __defineSetter__ __lookupGetter__" +
    " __lookupSetter__",
  "Function.prototype": FUNCTION + " constructor toString apply call bind",
  Array: FUNCTION + " isArray",
  "Array.prototype": "length constructor toString toLocaleString concat join pop push reverse" +
    " shift slice sort splice unshift indexOf lastIndexOf every some forEach map filter reduce" +
    " reduceRight",
  String: FUNCTION + " fromCharCode",
  "String.prototype": "length constructor toString valueOf charAt charCodeAt concat indexOf" +
    " lastIndexOf localeCompare match replace search slice split substring substr toLowerCase" +
    " toLocaleLowerCase toUpperCase toLocaleUpperCase trim",
  Number: FUNCTION + " MAX_VALUE MIN_VALUE NaN NEGATIVE_INFINITY POSITIVE_INFINITY",
  Math: "E LN10 LN2 LOG2E LOG10E PI SQRT1_2 SQRT2 abs acos asin atan atan2 ceil cos exp floor" +
    " log max min pow random round sin sqrt tan",
  JSON: "parse stringify",
};

const STRIP = `(function (language, library) {
  Object.getOwnPropertyNames(this).forEach(function (name) {
    if (language.indexOf(name) < 0) { delete this[name]; }
  }, this);
  Object.keys(library).forEach(function (path) {
    var owner = path.split(".").reduce(function (at, name) { return at[name]; }, this);
    var keep = library[path].split(" ");
    Object.getOwnPropertyNames(owner).forEach(function (name) {
      if (keep.indexOf(name) < 0) { delete owner[name]; }
    });
  }, this);
})`;

/** A new global scope with the library of ECMAScript 5 and nothing else. */
function bareContext() {
  const context = vm.createContext({});
  vm.runInContext(STRIP, context).call(vm.runInContext("this", context), LANGUAGE, LIBRARY);
  return context;
}

function parser() {
  // Node carries the parser inside; Debian's keeps it as a package of its own.
  try {
    return require("internal/deps/acorn/acorn/dist/acorn");
  } catch (inside) {
    return require("acorn");
  }
}

/** Why a script is not ECMAScript 5, or null. */
function syntaxComplaint(source) {
  try {
    parser().parse(source, { ecmaVersion: 5 });
    return null;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return "not ECMAScript 5: " + error.message;
    }
    throw error;
  }
}

module.exports = { bareContext, syntaxComplaint };
