//! Command line, settings, wiring. It holds no business rule.
