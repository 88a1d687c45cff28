//! Bytes into records and findings. Pure and bounded; bad input is data, never an error.
