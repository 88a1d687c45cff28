//! The approver's pages. A handler parses, calls one use case, renders.
