//! libFuzzer around the target that DOLTOPS_FUZZ names; without libFuzzer's arguments it runs until something is found.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::{env, process, sync::LazyLock};

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = env::var("DOLTOPS_FUZZ").unwrap_or_default();
    doltops::fuzz::target(&name).unwrap_or_else(|| {
        let names: Vec<&str> = doltops::fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
        eprintln!("DOLTOPS_FUZZ is '{name}'; the targets are {}", names.join(", "));
        process::exit(2)
    })
});

fuzz_target!(|bytes: &[u8]| TARGET(bytes));
