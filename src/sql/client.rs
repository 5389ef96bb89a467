//! The user's own SQL client, over the tunnel: which one, and how it is told where and who.
//!
//! Guarantees: the password stands in a file of mode 0600 or in the client's environment, never on an argument list, and the
//! file is removed with the [`Launch`]. The database's certificate is checked (see `bridge`).
//!
//! Not here: giving the terminal away and taking it back (`console`).

use super::{Forward, bridge::Bridge};
use crate::hosted_api::{
    client::Client,
    problem::{Kind, Problem},
};
use doltops_proto::hosted_api::OpenSqlSessionRequest;
use std::{
    ffi::{OsStr, OsString},
    fs, io,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// What is looked for on PATH, in this order: those that most people have in their fingers first.
const KNOWN: [&str; 4] = ["mysql", "mariadb", "mycli", "dolt"];

/// How a client takes its login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// MySQL's own: an option file, named first.
    Mysql,
    /// MariaDB's has other words for TLS.
    MariaDb,
    /// mycli reads the same file under another name.
    Mycli,
    /// Dolt's takes the password from its environment.
    Dolt,
}

/// A client that is ready to be started.
#[derive(Debug)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments; no secret is among them.
    pub arguments: Vec<OsString>,
    /// What is added to its environment.
    pub variables: Vec<(&'static str, OsString)>,
    /// In which folder, and where its login is.
    pub folder: TempDir,
    _bridge: Bridge,
}

/// The client that was named, else the first on PATH.
///
/// # Errors
/// Says what to install.
pub fn find(named: Option<&Path>, path: Option<&OsStr>) -> Result<PathBuf, Problem> {
    let folders: Vec<PathBuf> = path.map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
    let on_path = |name: &OsStr| folders.iter().map(|folder| folder.join(name)).find(|program| runs(program));
    if let Some(named) = named {
        let found = if named.components().count() > 1 {
            Some(named.to_owned()).filter(|path| runs(path))
        } else {
            on_path(named.as_os_str())
        };
        return found.ok_or_else(|| {
            Problem::new(Kind::NotFound, format!("{} is no program that can be run", named.display()))
                .next("[console] mysql in doltops.toml names it")
        });
    }
    KNOWN.iter().find_map(|name| on_path(OsStr::new(name))).ok_or_else(|| {
        Problem::new(Kind::NotFound, "there is no SQL client on PATH")
            .next("install mysql, mariadb, mycli or dolt, or name yours: [console] mysql in doltops.toml")
    })
}

fn runs(program: &Path) -> bool {
    fs::metadata(program).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// By its name; one that is not known is taken for MySQL's own.
fn manner(program: &Path) -> Manner {
    let name = program.file_stem().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    match name.as_str() {
        name if name.contains("mariadb") => Manner::MariaDb,
        name if name.contains("mycli") => Manner::Mycli,
        name if name.contains("dolt") => Manner::Dolt,
        _ => Manner::Mysql,
    }
}

/// A login and a port for a client.
///
/// # Errors
/// When there is no client, or the Hosted API's.
pub async fn prepare(client: Client, name: &str, read_only: bool, program: PathBuf) -> Result<Launch, Problem> {
    let request = OpenSqlSessionRequest { name: name.to_owned(), read_only };
    let login = client.clone().open_sql_session(request).await?.into_inner();
    let forward = Forward::listen(client, name, None).await?;
    let bridge = Bridge::listen(forward, &login.ca_pem, &login.host_name).await?;
    let wrong = |error: io::Error| Problem::new(Kind::Failed, format!("the client's login cannot be written: {error}"));
    // Its mode is 0700.
    let folder = tempfile::Builder::new().prefix("doltops-client-").tempdir().map_err(wrong)?;
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, &bridge.ca_pem).map_err(wrong)?;
    let file = folder.path().join("login.cnf");
    let manner = manner(&program);
    if manner != Manner::Dolt {
        write_private(&file, &options(manner, bridge.address, &login.user, &login.password, &ca)).map_err(wrong)?;
    }
    let (arguments, variables) = words(manner, bridge.address, &login.user, &login.password, &file, &ca);
    Ok(Launch { program, arguments, variables, folder, _bridge: bridge })
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(text.as_bytes())
}

/// The option file.
fn options(manner: Manner, address: SocketAddr, user: &str, password: &str, ca: &Path) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let check = match manner {
        Manner::Mysql => "ssl-mode=VERIFY_IDENTITY\n",
        _ => "ssl-verify-server-cert\n",
    };
    format!(
        "[client]\nprotocol=tcp\nhost={}\nport={}\nuser={}\npassword={}\nssl-ca={}\n{check}",
        address.ip(),
        address.port(),
        quoted(user),
        quoted(password),
        quoted(&ca.display().to_string()),
    )
}

type Words = (Vec<OsString>, Vec<(&'static str, OsString)>);

fn words(manner: Manner, address: SocketAddr, user: &str, password: &str, file: &Path, ca: &Path) -> Words {
    let named = |flag: &str| {
        let mut word = OsString::from(flag);
        word.push(file);
        vec![word]
    };
    match manner {
        // It must come first, and adds to what the user has set.
        Manner::Mysql | Manner::MariaDb => (named("--defaults-extra-file="), Vec::new()),
        Manner::Mycli => (named("--defaults-file="), Vec::new()),
        Manner::Dolt => {
            let (host, port) = (address.ip().to_string(), address.port().to_string());
            let words = ["--host", &host, "--port", &port, "--user", user, "sql"].map(OsString::from).to_vec();
            // Go takes its roots from there; this client connects nowhere else.
            (words, vec![("DOLT_CLI_PASSWORD", password.into()), ("SSL_CERT_FILE", ca.into())])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_that_was_named_or_the_first_that_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Some(folder.path().as_os_str());
        let missing = find(None, path).expect_err("nothing there");
        assert!(missing.next.contains("install mysql"), "{missing}");
        for name in ["dolt", "mycli"] {
            let program = folder.path().join(name);
            fs::write(&program, "").expect("written");
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("set");
        }
        assert_eq!(find(None, path).expect("found"), folder.path().join("mycli"));
        assert_eq!(find(Some(Path::new("dolt")), path).expect("found"), folder.path().join("dolt"));
        assert!(find(Some(Path::new("/nonexistent/mysql")), path).is_err());
    }

    #[test]
    fn no_argument_holds_the_password() {
        let address = SocketAddr::from(([127, 0, 0, 1], 4000));
        for program in ["/usr/bin/mysql", "mariadb", "mycli", "/opt/dolt", "other"] {
            let manner = manner(Path::new(program));
            let (words, _) = words(manner, address, "op1", "hu\"sh", Path::new("/f/login.cnf"), Path::new("/f/ca.pem"));
            assert!(words.iter().all(|word| !word.to_string_lossy().contains("hu")), "{words:?}");
            let file = options(manner, address, "op1", "hu\"sh", Path::new("/f/ca.pem"));
            assert!(file.contains("password=\"hu\\\"sh\"\n") && file.contains("ssl-ca=\"/f/ca.pem\"\n"), "{file}");
        }
    }
}
