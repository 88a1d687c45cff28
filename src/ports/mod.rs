//! The few traits the core needs from the world.
