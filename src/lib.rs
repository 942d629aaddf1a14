//! Finds every Go `defer` that a loop can pile up, and rewrites those it can prove.
