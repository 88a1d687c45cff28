//! The engine: definitions, their loader, `decide`, `apply`. Pure.
