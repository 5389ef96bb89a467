//! One key: its name in the registry and in `doltops.toml`, and how people write it.
//!
//! A name is `c`, `D`, `enter`, `f5`, `ctrl-p` or `alt-enter`. Shift is in the character itself, or in `backtab`:
//! terminals tell no more than that of most keys.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The keys that have a word for a name.
const NAMED: [&str; 16] = [
    "space",
    "enter",
    "esc",
    "tab",
    "backtab",
    "backspace",
    "delete",
    "insert",
    "left",
    "right",
    "up",
    "down",
    "home",
    "end",
    "pageup",
    "pagedown",
];

/// Other words that people write for a key.
const ALSO: [(&str, &str); 9] = [
    ("escape", "esc"),
    ("return", "enter"),
    ("del", "delete"),
    ("ins", "insert"),
    ("pgup", "pageup"),
    ("pgdn", "pagedown"),
    ("pgdown", "pagedown"),
    ("shift-tab", "backtab"),
    ("bs", "backspace"),
];

/// The key's name; empty where it has none.
pub fn name(key: &KeyEvent) -> String {
    let base = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        // Terminals that tell more of a key still mean the same letter.
        KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => c.to_ascii_lowercase().to_string(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::F(number) => format!("f{number}"),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => "backtab".to_owned(),
        KeyCode::Backspace => "backspace".to_owned(),
        KeyCode::Delete => "delete".to_owned(),
        KeyCode::Insert => "insert".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::PageUp => "pageup".to_owned(),
        KeyCode::PageDown => "pagedown".to_owned(),
        _ => return String::new(),
    };
    let control = if key.modifiers.contains(KeyModifiers::CONTROL) { "ctrl-" } else { "" };
    let alt = if key.modifiers.contains(KeyModifiers::ALT) { "alt-" } else { "" };
    format!("{control}{alt}{base}")
}

/// Reads what a person wrote for a key: `ctrl-p`, `Ctrl+P`, `F5`, `Shift+Tab`, `D`.
///
/// # Errors
/// What is wrong with it.
pub fn parse(written: &str) -> Result<String, String> {
    let wrong = || {
        format!(
            "'{written}' is no key; a key is a character, f1 to f12, enter, esc, tab, up, …, with ctrl- or alt- before it"
        )
    };
    let (mut control, mut alt, mut shift) = (false, false, false);
    let mut rest = written;
    while let Some((modifier, base)) =
        rest.split_once(['-', '+']).filter(|(before, after)| !before.is_empty() && !after.is_empty())
    {
        match modifier.to_ascii_lowercase().as_str() {
            "ctrl" | "control" | "c" => control = true,
            "alt" | "meta" | "m" | "a" => alt = true,
            "shift" | "s" => shift = true,
            _ => return Err(wrong()),
        }
        rest = base;
    }
    let mut base = base(rest).ok_or_else(wrong)?;
    if shift {
        base = match base.as_str() {
            "tab" => "backtab".to_owned(),
            one if one.chars().count() == 1 => one.to_ascii_uppercase(),
            _ => return Err(format!("'{written}': terminals do not tell Shift with this key")),
        };
    }
    if control && base.chars().count() == 1 {
        // Terminals send a letter with Ctrl as the small one.
        base = base.to_ascii_lowercase();
    }
    let (control, alt) = (if control { "ctrl-" } else { "" }, if alt { "alt-" } else { "" });
    Ok(format!("{control}{alt}{base}"))
}

fn base(text: &str) -> Option<String> {
    let mut chars = text.chars();
    if let (Some(one), None) = (chars.next(), chars.next()) {
        return (!one.is_control() && !one.is_whitespace()).then(|| one.to_string());
    }
    let lower = text.to_ascii_lowercase();
    let word = ALSO.iter().find(|(other, _)| *other == lower).map_or(lower.as_str(), |(_, name)| name);
    let known = NAMED.contains(&word) || (1..=12).any(|number| format!("f{number}") == word);
    known.then(|| word.to_owned())
}

/// How a key is written for people: `Enter`, `Ctrl+P`, `F5`.
pub fn shown(key: &str) -> String {
    for (prefix, word) in [("ctrl-", "Ctrl+"), ("alt-", "Alt+")] {
        if let Some(rest) = key.strip_prefix(prefix).filter(|rest| !rest.is_empty()) {
            // Ctrl+P is written with a capital; Alt+d and Alt+D are two keys.
            let rest = if prefix == "ctrl-" && rest.chars().count() == 1 { rest.to_uppercase() } else { shown(rest) };
            return format!("{word}{rest}");
        }
    }
    match key {
        "pageup" => "PgUp".to_owned(),
        "pagedown" => "PgDn".to_owned(),
        "up" => "↑".to_owned(),
        "down" => "↓".to_owned(),
        "left" => "←".to_owned(),
        "right" => "→".to_owned(),
        "backtab" => "Shift+Tab".to_owned(),
        single if single.chars().count() == 1 => single.to_owned(),
        other => {
            let mut chars = other.chars();
            chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
        }
    }
}

/// Whether a text takes this key where one is typed: a character, or what moves and deletes in a text.
pub fn is_text(key: &str) -> bool {
    let editing =
        ["space", "enter", "backspace", "delete", "left", "right", "up", "down", "home", "end", "pageup", "pagedown"];
    key.chars().count() == 1 || editing.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_have_one_name_and_are_shown_as_people_write_them() {
        let key = |code, modifiers| name(&KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('D'), KeyModifiers::SHIFT), "D");
        assert_eq!(key(KeyCode::Enter, KeyModifiers::ALT), "alt-enter");
        assert_eq!(key(KeyCode::Char('p'), KeyModifiers::CONTROL), "ctrl-p");
        let all = ["c", "ctrl-p", "f5", "enter", "backtab", "alt-D", "alt-enter", "-", "ctrl--"];
        assert_eq!(all.map(shown).join(" "), "c Ctrl+P F5 Enter Shift+Tab Alt+D Alt+Enter - Ctrl+-");
    }

    #[test]
    fn what_people_write_is_read() {
        for (written, name) in [
            ("D", "D"),
            ("Ctrl+P", "ctrl-p"),
            ("C-x", "ctrl-x"),
            ("ctrl-alt-x", "ctrl-alt-x"),
            ("F5", "f5"),
            ("Shift+Tab", "backtab"),
            ("shift-d", "D"),
            ("PgDn", "pagedown"),
            ("-", "-"),
            ("ctrl--", "ctrl--"),
            ("+", "+"),
            ("é", "é"),
        ] {
            assert_eq!(parse(written).as_deref(), Ok(name), "{written}");
        }
        for written in ["", "f13", "ctrl-", "hyper-x", "shift-f5", "entre", " "] {
            assert!(parse(written).is_err(), "{written}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_read_again(written in "\\PC{0,12}") {
            if let Ok(name) = parse(&written) {
                prop_assert_eq!(parse(&name), Ok(name.clone()));
            }
        }
    }
}
