//! What stands in `packaging/` fits together as far as this machine can tell: the scripts, the units, the template.
//!
//! Not here: an instance that boots. That takes an account.

use doltops_agent::machine::Machine;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What the provisioning puts onto the image, with where it comes from.
const INSTALLED: &[(&str, &str)] = &[
    ("/usr/libexec/doltops/boot", "image/boot/boot"),
    ("/usr/libexec/doltops/grow", "image/boot/grow"),
    ("/usr/libexec/doltops/grow-now", "image/boot/grow-now"),
    ("/etc/doltops/firewall.nft", "image/etc/firewall.nft"),
    ("/etc/tmpfiles.d/doltops.conf", "image/etc/tmpfiles.conf"),
    ("/opt/aws/amazon-cloudwatch-agent/etc/common-config.toml", "image/etc/common-config.toml"),
];

/// A script that goes on after an error does worse than none.
#[test]
fn scripts_end_at_the_first_error() {
    let scripts = scripts();
    assert!(scripts.len() >= 4, "the scripts were not found: {scripts:?}");
    for script in scripts {
        let text = fs::read_to_string(&script).expect("read");
        let place = script.display();
        assert!(text.starts_with("#!/usr/bin/env bash\n# "), "{place}: begins with its shell and what it is for");
        assert!(text.lines().any(|line| line == "set -euo pipefail"), "{place}: no set -euo pipefail");
        let parsed = Command::new("bash").arg("-n").arg(&script).output().expect("bash runs");
        assert!(parsed.status.success(), "{place}: {}", String::from_utf8_lossy(&parsed.stderr));
    }
}

/// What the boot script writes is what the agent reads; another type's memory gives another limit.
#[test]
fn the_agent_reads_the_machine_that_the_boot_script_writes() {
    // MemTotal of a t4g.nano, t4g.small, m7g.large and r7g.16xlarge, KiB.
    let sizes = [(427_000, 100), (1_912_000, 400), (7_937_000, 1_600), (519_000_000, 5_000)];
    for (kib, connections) in sizes {
        let text = boot(&format!("machine_toml 10.0.1.7 {kib}"), Path::new("/"));
        let machine: Machine = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!((machine.agent, machine.database), (([10, 0, 1, 7], 7443).into(), ([10, 0, 1, 7], 3306).into()));
        assert!(machine.metrics.ip().is_loopback());
        assert_eq!(machine.max_connections, connections, "{kib} KiB");
        let (all, half_a_gib) = (kib * 1024, 512 << 20);
        assert_eq!(machine.memory_bytes, all - half_a_gib.min(all / 2), "{kib} KiB");
        assert_eq!(machine.grow_command(), Some(["/usr/libexec/doltops/grow".to_owned()].as_slice()));
        assert_eq!(machine.dolt_user().expect("a user of its own").begin.last().map(String::as_str), Some("--"));
    }
}

/// Data is never formatted away: only what is twice found to be blank, and can be read, is given a filesystem.
#[test]
fn only_a_blank_disk_gets_a_filesystem() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("disk"), vec![0; 4096]).expect("written");
    // What blkid ends with, first and second time: 2 is "nothing found", 0 "something", 8 "several things".
    for (codes, disk, blank) in [
        ("2 2", "disk", true),
        ("2 0", "disk", false),
        ("0 0", "disk", false),
        ("8 8", "disk", false),
        ("2 8", "disk", false),
        ("4 4", "disk", false),
        ("2 2", "gone", false),
    ] {
        let script = format!(
            "codes=({codes}); count=0; PAUSE=0; blkid() {{ count=$((count + 1)); return \"${{codes[count - 1]}}\"; }}\n\
             if is_blank {disk} 2>/dev/null; then echo blank; else echo kept; fi"
        );
        let said = boot(&script, folder.path());
        assert_eq!(said.trim(), if blank { "blank" } else { "kept" }, "{codes} on {disk}");
    }
}

/// The root volume, its partitions and a second link of the same disk are no data volume; two volumes are one too many.
#[test]
fn the_data_volume_is_the_one_that_is_not_the_root() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().canonicalize().expect("there");
    let disk = |name: &str, links: &[&str]| {
        fs::write(folder.join(name), "").expect("written");
        for link in links {
            let link = folder.join(format!("nvme-Amazon_Elastic_Block_Store_{link}"));
            std::os::unix::fs::symlink(folder.join(name), link).expect("linked");
        }
    };
    disk("nvme0n1", &["vol0aa", "vol0aa_1"]);
    disk("nvme0n1p1", &["vol0aa-part1"]);
    let find = |what: &str| {
        let root = folder.join("nvme0n1");
        boot(&format!("disks_by_id=.; root_disk() {{ echo {}; }}; {what}", root.display()), &folder)
    };
    assert_eq!(find("data_disks \"$(root_disk)\""), "");
    disk("nvme1n1", &["vol0bb", "vol0bb_1"]);
    assert_eq!(find("data_disk").trim(), folder.join("nvme1n1").to_str().expect("UTF-8"));
    disk("nvme2n1", &["vol0cc"]);
    assert_eq!(find("data_disk 2>/dev/null || echo refused").trim(), "refused");
}

/// The agent takes the secrets out of its user data. A second start must not bring them back.
#[test]
fn user_data_are_fetched_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "user_data=$PWD/user-data.toml; chown() { :; }; ask() { echo asked >>asked; echo 'key_pem = \"k\"'; }\n\
                  fetch_user_data; stat --format %a user-data.toml; echo used >user-data.toml; fetch_user_data";
    assert_eq!(boot(&format!("exec 2>/dev/null; {script}"), folder.path()).trim(), "600");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("written");
    assert_eq!((read("asked").as_str(), read("user-data.toml").as_str()), ("asked\n", "used\n"));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left beside it");
}

/// A path that is written in two places is the same in both.
#[test]
fn paths_agree() {
    let provision = read("image/provision.sh");
    for (target, source) in INSTALLED {
        assert!(packaging().join(source).is_file(), "{source} is not there");
        let source = source.trim_start_matches("image/");
        assert!(provision.contains(&format!("\"$from/{source}\"")), "provision.sh does not install {source}");
        let folder = target.rsplit_once('/').map_or("", |(folder, _)| folder);
        assert!(provision.contains(folder), "provision.sh does not install into {folder}");
    }
    let units = units();
    let known: BTreeSet<&str> = INSTALLED.iter().map(|(target, _)| *target).collect();
    for (name, text) in &units {
        for path in
            words(text).filter(|word| word.starts_with("/usr/libexec/doltops/") || word.starts_with("/etc/doltops/"))
        {
            assert!(known.contains(path) || name == "doltops.service", "{name}: {path} is not on the image");
        }
    }

    let text = boot("machine_toml 10.0.1.7 2000000", Path::new("/"));
    let machine: Machine = toml::from_str(&text).expect("the agent's own type");
    let aws = machine.aws.expect("on AWS");
    let of = |name: &str| units.iter().find(|(unit, _)| unit == name).map(|(_, text)| text.as_str()).expect("there");
    let agent = of("doltops-agent.service");
    let boots = read("image/boot/boot");
    for variable in ["user_data", "machine"] {
        let path = boots.lines().find_map(|line| line.strip_prefix(&format!("{variable}="))).expect("set");
        assert!(words(agent).any(|word| word == path), "doltops-agent.service does not read {path}");
    }
    let config = aws.cloudwatch_agent_config.display().to_string();
    assert!(of("doltops-cloudwatch.path").contains(&format!("PathChanged={config}\n")));
    assert!(of("doltops-cloudwatch.service").contains(&format!("file:{config}\n")));
    assert!(read("image/etc/common-config.toml").contains(&format!("\"{}\"", aws.credentials_file.display())));
    let grow = read("image/boot/grow");
    let wanted = grow.lines().find_map(|line| line.strip_prefix("wanted=")).expect("set");
    assert!(of("doltops-grow.path").contains(&format!("PathModified={wanted}\n")));
    let result = |text: &str| text.lines().find(|line| line.starts_with("result=")).map(str::to_owned);
    assert_eq!(result(&grow), result(&read("image/boot/grow-now")));

    // Each folder is made, and the agent may write there.
    let made = read("image/etc/tmpfiles.conf");
    let (config, credentials) = (parent(&aws.cloudwatch_agent_config), parent(&aws.credentials_file));
    let (dolt, logs) = (aws.dolt_user.expect("set").folder, aws.log_folder.expect("set"));
    for folder in [machine.folder.as_path(), &dolt, &logs, config, credentials] {
        let is_it = |line: &str| line.split_whitespace().nth(1) == folder.to_str();
        assert!(made.lines().any(is_it), "tmpfiles.conf does not make {}", folder.display());
        let line = agent.lines().find_map(|line| line.strip_prefix("ReadWritePaths=")).expect("set");
        assert!(
            line.split(' ').any(|path| folder.starts_with(path)),
            "the agent may not write to {}",
            folder.display()
        );
    }
    assert!(agent.contains("ReadWritePaths=/data "), "the agent's Dolt writes to {}", machine.data.display());
}

/// Every unit that is started by itself is enabled, and each that is enabled is there.
#[test]
fn units_are_enabled() {
    let provision = read("image/provision.sh");
    for (name, text) in units().iter().filter(|(name, _)| name != "doltops.service") {
        assert_eq!(provision.contains(name.as_str()), text.contains("[Install]"), "{name}");
        if let Some(triggered) = name.strip_suffix(".path") {
            assert!(units().iter().any(|(other, _)| *other == format!("{triggered}.service")), "{name} starts nothing");
        }
    }
}

/// What guards the machine is not lost by an edit.
#[test]
fn what_runs_is_held_back() {
    for (name, text) in units() {
        if !text.contains("[Service]") || name == "doltops-cloudwatch.service" || name == "doltops-firewall.service" {
            continue;
        }
        assert!(text.contains("NoNewPrivileges=yes\n"), "{name}");
        // The boot script mounts for all, so it cannot have a view of its own.
        assert!(text.contains("ProtectSystem=strict\n") != (name == "doltops-boot.service"), "{name}");
    }
    let agent = read("image/units/doltops-agent.service");
    for line in ["User=doltops-agent", "KillMode=process", "IPAddressDeny=169.254.169.254 fd00:ec2::254"] {
        assert!(agent.lines().any(|other| other == line), "doltops-agent.service: no {line}");
    }
    let firewall = read("image/etc/firewall.nft");
    assert!(firewall.contains("ip daddr 169.254.169.254 meta skuid != 0"), "Dolt could reach the metadata service");
}

/// The template is one, names the images as `doltops.toml` looks for them, and takes the files that are there.
#[test]
fn the_template_is_whole() {
    let text = read("image/doltops.pkr.hcl");
    let body: hcl::Body = hcl::from_str(&text).unwrap_or_else(|error| panic!("doltops.pkr.hcl: {error}"));
    let blocks = |kind: &str| body.blocks().filter(|block| block.identifier() == kind).count();
    assert_eq!((blocks("packer"), blocks("source"), blocks("build")), (1, 1, 1));
    let variables: BTreeSet<&str> = body
        .blocks()
        .filter(|block| block.identifier() == "variable")
        .filter_map(|block| block.labels().first().map(|label| label.as_str()))
        .collect();
    for used in text.split("var.").skip(1) {
        let end = used.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(used.len());
        assert!(variables.contains(&used[..end]), "var.{} is not declared", &used[..end]);
    }
    assert!(text.contains("\"doltops-${var.arch}-${var.version}-${local.time}\""), "image_name is doltops-*");
    for path in text.split("${path.root}/").skip(1) {
        let path = path.split('"').next().unwrap_or_default();
        assert!(packaging().join("image").join(path).exists(), "packaging/image/{path} is not there");
    }
    let source = body.blocks().find(|block| block.identifier() == "source").expect("there");
    let guarded = format!("{:?}", source.body());
    for word in ["http_tokens", "encrypted", "ssh_clear_authorized_keys"] {
        assert!(guarded.contains(word), "the source lost {word}");
    }
}

/// What a line of bash says with the boot script's functions at hand; it does not run by itself, as `$0` is not it.
fn boot(line: &str, folder: &Path) -> String {
    let script = packaging().join("image/boot/boot");
    let ran = Command::new("bash")
        .args(["-c", &format!("source \"$1\"\n{line}"), "a-test"])
        .arg(&script)
        .current_dir(folder)
        .output()
        .expect("bash runs");
    assert!(ran.status.success(), "{line}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("UTF-8")
}

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging")
}

fn read(path: &str) -> String {
    fs::read_to_string(packaging().join(path)).unwrap_or_else(|error| panic!("packaging/{path}: {error}"))
}

/// The words of a unit's lines, also those after the key; comments are passed over.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| line.split([' ', '=']))
}

fn parent(file: &Path) -> &Path {
    file.parent().expect("in a folder")
}

fn units() -> Vec<(String, String)> {
    let folders = ["image/units", "systemd"].map(|folder| packaging().join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    files
        .map(|file| {
            let file = file.expect("an entry");
            (file.file_name().into_string().expect("UTF-8"), fs::read_to_string(file.path()).expect("read"))
        })
        .collect()
}

/// Every file below `packaging/` that begins with `#!`.
fn scripts() -> Vec<PathBuf> {
    fn below(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                below(&path, found);
            } else if fs::read(&path).expect("read").starts_with(b"#!") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    below(&packaging(), &mut found);
    found
}
