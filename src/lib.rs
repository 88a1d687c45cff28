//! kessai: approval workflow with file-drop intake for electronically recorded monetary claims.
//!
//! The rooms in the order data walks through them. `ARCHITECTURE.md` is the map; start reading at
//! [`workflow::decide`], where everything a branch would argue about is decided.

pub mod spool;
pub mod formats;
pub mod domain;
pub mod workflow;
pub mod service;
pub mod ports;
pub mod store;
pub mod render;
pub mod channels;
pub mod pki;
pub mod web;
pub mod app;
