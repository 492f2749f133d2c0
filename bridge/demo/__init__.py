"""A jam without Live: a simulated Live, a human drum performance, and what came of it."""
