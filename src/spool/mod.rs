//! Notices, waits for, claims and keeps dropped files; disposes of them afterwards. It never interprets content.
