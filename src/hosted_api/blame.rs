//! Putting the answers of `Blame` together: each tells of the commits before those of the one before it.

use doltops_proto::hosted_api::BlamedCell;

/// Takes up what an answer about older commits adds. What a newer commit gave stays its own.
pub fn add_older(cells: &mut Vec<BlamedCell>, older: Vec<BlamedCell>) {
    for cell in older {
        match cells.iter_mut().find(|known| known.cell == cell.cell) {
            Some(known) if known.commit.is_empty() => *known = cell,
            Some(_) => {}
            None => cells.push(cell),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(cell: &str, commit: &str) -> BlamedCell {
        BlamedCell { cell: cell.into(), commit: commit.into(), ..BlamedCell::default() }
    }

    #[test]
    fn the_newest_commit_stays() {
        let mut cells = Vec::new();
        add_older(&mut cells, vec![cell("power", "new"), cell("volume_gib", "")]);
        add_older(&mut cells, vec![cell("power", "old"), cell("volume_gib", "old")]);
        assert_eq!(cells, [cell("power", "new"), cell("volume_gib", "old")]);
    }
}
