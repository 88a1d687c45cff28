//! Ways out. Says what became of a parcel; never retries by itself.
