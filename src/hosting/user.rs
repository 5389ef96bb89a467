//! Who owns this process.

use std::{env, fs};

/// The name under which the owner of this process changes things: as the session says, else as the system's user
/// table does. The table is read as a file: users of a directory service are not in it, but their sessions name them.
pub fn user() -> String {
    let named = ["USER", "LOGNAME"].into_iter().find_map(|name| env::var(name).ok().filter(|name| !name.is_empty()));
    let uid = rustix::process::getuid().as_raw();
    let listed = || name_of(uid, &fs::read_to_string("/etc/passwd").ok()?);
    named.or_else(listed).unwrap_or_else(|| format!("uid-{uid}"))
}

/// `name:password:uid:…`, a user a line.
fn name_of(uid: u32, table: &str) -> Option<String> {
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, its) = (fields.next()?, fields.nth(1)?);
        (!name.is_empty() && its.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_user_is_found_by_number() {
        let table = "root:x:0:0:root:/root:/bin/bash\n# a comment\n+::0:\nada:x:1000:1000::/home/ada:/bin/sh\n";
        assert_eq!(name_of(1000, table).as_deref(), Some("ada"));
        assert_eq!(name_of(0, table).as_deref(), Some("root"));
        assert_eq!(name_of(100, table), None);
    }
}
