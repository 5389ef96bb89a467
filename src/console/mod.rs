//! The terminal UI: state, update, view, keymap, theme.
