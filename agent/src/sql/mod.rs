//! The agent's own SQL: as the control plane's admin user, over TLS, to this machine's Dolt alone.

pub mod access;
pub mod admin;
pub mod logins;
pub mod people;

/// Text as a SQL string. Dolt takes no parameters where users are made.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in text.chars() {
        if matches!(character, '\'' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('\'');
    quoted
}

/// Whether `text` may be a SQL user's name: MySQL's limit, and nothing that needs a second thought.
pub fn is_user_name(text: &str) -> bool {
    // MySQL's limit is 32 characters.
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_cannot_end_the_string() {
        assert_eq!(quoted(r"a'b\"), r"'a\'b\\'");
    }

    #[test]
    fn user_names_are_plain() {
        assert!(is_user_name("doltops_admin_a"));
        assert!(!is_user_name("a'b") && !is_user_name("") && !is_user_name(&"x".repeat(33)));
    }
}
