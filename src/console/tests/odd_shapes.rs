//! Terminals of any size, and texts of any script.

use super::{Rig, sample};
use crate::console::{
    incoming::Incoming,
    message::{Answer, Message},
};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

/// Keys that lead to every screen and to what lies over them.
const WAYS: [&[&str]; 21] = [
    &[],
    &["enter"],
    &["m"],
    &["l"],
    &["h"],
    &["H"],
    &["e"],
    &["O"],
    &["b"],
    &["B"],
    &["S"],
    &["D"],
    &["c"],
    &["?"],
    &[":"],
    &["g"],
    &["q"],
    &["/"],
    &["down", "x"],
    &["M"],
    &["g", "r", "enter"],
];

/// Letters with marks, wide ones, pictures, right-to-left ones, and what turns or hides them.
const SCRIPTS: &str = "[a-z\u{300}-\u{36f}\u{5d0}-\u{5ea}\u{621}-\u{64a}\u{915}-\u{939}\u{94d}\u{4e00}-\u{4e20}\u{1f300}-\u{1f64f}\u{1f1e6}-\u{1f1ff}\u{fe0f}\u{200d}\u{202a}-\u{202e}\u{2066}-\u{2069}]{0,16}";

fn at(way: usize, linear: bool) -> Rig {
    let mut rig = Rig::new();
    rig.state.screen_reader = linear;
    rig.press(WAYS[way]).answer().answer();
    rig
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Down to one cell, every screen is drawn without a panic, also from the size for which it was laid out before.
    #[test]
    fn any_size_is_drawn(
        sizes in prop::collection::vec((1_u16..90, 1_u16..30), 1..4),
        way in 0..WAYS.len(),
        linear in any::<bool>(),
    ) {
        let mut rig = at(way, linear);
        for (width, height) in sizes {
            rig.screen(width, height);
        }
        rig.screen(1, 1);
    }

    /// Whatever the control plane's texts are made of, each row is as wide as the terminal, and columns stand in line.
    #[test]
    fn no_script_breaks_a_table(
        names in prop::collection::vec(SCRIPTS, 6),
        line in SCRIPTS,
        width in 60_u16..200,
    ) {
        let mut fleet = sample::watch(sample::NOW);
        for (row, name) in fleet.deployments.iter_mut().zip(&names) {
            row.name.clone_from(name);
            row.why.clone_from(&line);
        }
        let mut rig = Rig::new();
        rig.send(Message::Fleet(fleet.cleaned().into()));
        whole_rows(&mut rig, width)?;
        let buffer = rig.buffer(width, 24);
        let signs = ["✗", "▲", "◐", "●", "■"];
        let column = |y: u16| (2..width).find(|x| buffer.cell((*x, y)).is_some_and(|cell| signs.contains(&cell.symbol())));
        let columns: Vec<_> = (2..8).filter_map(column).collect();
        prop_assert!(columns.windows(2).all(|pair| pair[0] == pair[1]), "{:?}\n{}", columns, rig.screen(width, 24));

        let mut rig = Rig::new();
        rig.press(&["l"]);
        let ticket = rig.state.screens.last().map(|screen| screen.tickets()[0]).expect("a log");
        let mut lines = sample::log(sample::NOW);
        lines.iter_mut().for_each(|entry| entry.text.clone_from(&line));
        rig.send(Message::Answer(ticket, Answer::Log(lines.cleaned())));
        whole_rows(&mut rig, width)?;
    }
}

/// Cell by cell, a wide letter has the cells after it to itself, and none hangs over the edge.
fn whole_rows(rig: &mut Rig, width: u16) -> Result<(), TestCaseError> {
    let buffer = rig.buffer(width, 24);
    for y in 0..24 {
        let mut x = 0;
        while x < width {
            let symbol = buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
            let wide = u16::try_from(symbol.width().max(1)).expect("small");
            for after in x + 1..x + wide {
                let next = buffer.cell((after, y)).map_or("", |cell| cell.symbol());
                prop_assert!(matches!(next, "" | " "), "{next:?} after {symbol:?}");
            }
            x += wide;
        }
        prop_assert_eq!(x, width);
    }
    Ok(())
}
