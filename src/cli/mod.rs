//! Headless commands: one file a command; text and JSON.
