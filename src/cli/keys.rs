//! `doltops keys`: every command of the console with its keys in force, and what is wrong with the person's own.

use super::{
    Output, Stop,
    json::{BoundKeys, Keys},
    table::{Column, Table},
};

/// A line of `[console.keys]` cannot hold: scripts that check a file are to stop here.
const SOMETHING_WRONG: u8 = 1;

/// Shows them; gives the exit code.
pub fn show(keys: &Keys, out: &mut Output) -> u8 {
    let shown = if out.is_json() { out.json(keys) } else { table(keys, out) };
    match (super::finish(shown, out), keys.problems.is_empty()) {
        (0, false) => SOMETHING_WRONG,
        (code, _) => code,
    }
}

fn table(keys: &Keys, out: &mut Output) -> Result<(), Stop> {
    let mut table = Table::new(&[Column::Left("COMMAND"), Column::Left("KEYS"), Column::Left("WHAT IT DOES")]);
    for BoundKeys { command, keys, help } in &keys.commands {
        table.row([command.as_str().into(), keys.join(", ").as_str().into(), (*help).into()]);
    }
    out.table(&table)?;
    for problem in &keys.problems {
        out.note(problem);
    }
    Ok(())
}
