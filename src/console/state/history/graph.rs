//! The commit graph, a row a commit, as wide as the lines that run beside one another.
//!
//! Guarantees
//! - A row for each commit, in order, with exactly one node.
//! - A line for each link, from its commit's node down to the node that it leads to; to the foot where that is not among
//!   the rows. It begins once and ends once: a column that a line has left is free again from the next row on.
//! - Of links to one commit the later ones go into the line that is there.
//!
//! Not here: where a link leads when a filter hides the commit (`history`).
//!
//! Pure; made when the list changes, not when it is drawn. Rows must come newest first, parents after their children.

/// A commit as the graph sees it.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// Its hash.
    pub hash: &'a str,
    /// Where its lines lead to; the first goes straight down.
    pub links: Vec<Link<'a>>,
    /// What stands for it.
    pub sign: char,
}

/// A line from a commit to an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// That one.
    pub to: &'a str,
    /// There are others between, which are not shown: it is dotted.
    pub gap: bool,
}

/// The rows.
pub fn rows(nodes: &[Node]) -> Vec<String> {
    let mut graph = Graph::default();
    nodes.iter().map(|node| graph.row(node)).collect()
}

#[derive(Default)]
struct Graph<'a> {
    lanes: Vec<Option<Link<'a>>>,
}

impl<'a> Graph<'a> {
    fn row(&mut self, node: &Node<'a>) -> String {
        let above = self.lanes.clone();
        let waiting = self.places(node.hash);
        let at = waiting.first().copied().unwrap_or_else(|| self.free(0, &above));
        for place in &waiting {
            self.lanes[*place] = None;
        }
        // Lanes that a line leads to from the node, to the side.
        let mut joined: Vec<usize> = waiting.into_iter().skip(1).collect();
        self.go_on(node, at, &above, &mut joined);
        let row = draw(&above, &self.lanes, at, &joined, node.sign);
        while self.lanes.last() == Some(&None) {
            self.lanes.pop();
        }
        row
    }

    /// The lanes that lead to a commit.
    fn places(&self, hash: &str) -> Vec<usize> {
        let leads = |lane: &Option<Link>| lane.is_some_and(|link| link.to == hash);
        (0..self.lanes.len()).filter(|place| leads(&self.lanes[*place])).collect()
    }

    /// The lines to the older ones.
    fn go_on(&mut self, node: &Node<'a>, at: usize, above: &[Option<Link<'a>>], joined: &mut Vec<usize>) {
        for (index, link) in node.links.iter().enumerate() {
            let there = self.places(link.to).first().copied();
            match there {
                _ if index == 0 => self.lanes[at] = Some(*link),
                Some(there) if there == at || joined.contains(&there) => {}
                Some(there) => joined.push(there),
                None => {
                    let place = self.free(at + 1, above);
                    self.lanes[place] = Some(*link);
                    joined.push(place);
                }
            }
        }
    }

    /// The first lane from there on that is free, and was: one that ends in a row and one that begins there would look
    /// like one that goes on.
    fn free(&mut self, from: usize, above: &[Option<Link<'a>>]) -> usize {
        let was = |place: usize| above.get(place).is_none_or(Option::is_none);
        let free = (from..self.lanes.len()).find(|place| self.lanes[*place].is_none() && was(*place));
        free.unwrap_or_else(|| {
            let place = from.max(self.lanes.len());
            self.lanes.resize(place + 1, None);
            place
        })
    }
}

/// Two characters a lane: what is in it, and what leads on to the right.
fn draw(above: &[Option<Link>], below: &[Option<Link>], at: usize, joined: &[usize], sign: char) -> String {
    let low = joined.iter().copied().min().unwrap_or(at).min(at);
    let high = joined.iter().copied().max().unwrap_or(at).max(at);
    let mut row = String::new();
    for place in 0..above.len().max(below.len()) {
        let (up, down) = (above.get(place).copied().flatten(), below.get(place).copied().flatten());
        let dotted = up.or(down).is_some_and(|link| link.gap);
        let left = (low + 1..=high).contains(&place);
        let right = (low..high).contains(&place);
        row.push(if place == at { sign } else { line(up.is_some(), down.is_some(), left, right, dotted) });
        row.push(if right { '─' } else { ' ' });
    }
    row.trim_end().to_owned()
}

fn line(up: bool, down: bool, left: bool, right: bool, dotted: bool) -> char {
    match (up, down, left, right) {
        (false, false, false, false) => ' ',
        (_, _, false, false) if dotted => '┊',
        (_, _, false, false) => '│',
        (false, false, _, _) => '─',
        (true, false, true, false) => '╯',
        (true, false, false, true) => '╰',
        (false, true, true, false) => '╮',
        (false, true, false, true) => '╭',
        (true, true, true, false) => '┤',
        (true, true, false, true) => '├',
        (true, false, true, true) => '┴',
        (false, true, true, true) => '┬',
        (true, true, true, true) => '┼',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn links<'a>(of: &'a [&str]) -> Vec<Link<'a>> {
        of.iter().map(|to| Link { to: to.trim_end_matches('?'), gap: to.ends_with('?') }).collect()
    }

    /// Commits as `hash: where they lead`; a `?` says that others lie between.
    fn drawn(commits: &[(&str, &[&str])]) -> String {
        let nodes: Vec<Node> = commits.iter().map(|(hash, to)| Node { hash, links: links(to), sign: '●' }).collect();
        let rows: Vec<String> =
            rows(&nodes).iter().zip(commits).map(|(row, (hash, _))| format!("{row} {hash}")).collect();
        rows.join("\n")
    }

    #[test]
    fn one_after_the_other_is_one_column() {
        assert_eq!(drawn(&[("c", &["b"]), ("b", &["a"]), ("a", &[])]), "● c\n● b\n● a");
    }

    /// A change request: a branch from `a`, merged by `m` while main went on with `b`.
    #[test]
    fn a_branch_leaves_and_comes_back() {
        let picture = drawn(&[("m", &["b", "y"]), ("y", &["x"]), ("b", &["a"]), ("x", &["a"]), ("a", &[])]);
        assert_eq!(picture, "●─╮ m\n│ ● y\n● │ b\n│ ● x\n●─╯ a");
    }

    #[test]
    fn two_branches_that_are_open_at_once() {
        let picture = drawn(&[("n", &["m", "z"]), ("m", &["a", "y"]), ("z", &["a"]), ("y", &["a"]), ("a", &[])]);
        assert_eq!(picture, "●─╮ n\n●─┼─╮ m\n│ ● │ z\n│ │ ● y\n●─┴─╯ a");
    }

    /// One branch ends where the next begins: two lines, and not one.
    #[test]
    fn a_column_is_free_after_the_row_in_which_its_line_ends() {
        let picture = drawn(&[("n", &["m", "b"]), ("m", &["b"]), ("b", &["a", "y"]), ("a", &["y"]), ("y", &[])]);
        assert_eq!(picture, "●─╮ n\n● │ m\n●─┴─╮ b\n●   │ a\n●───╯ y");
    }

    #[test]
    fn what_is_left_out_is_dotted_and_what_is_below_all_rows_leads_to_the_foot() {
        let picture = drawn(&[("m", &["c", "a?"]), ("c", &["b?"]), ("b", &["a", "z"]), ("a", &["w"])]);
        assert_eq!(picture, "●─╮ m\n● ┊ c\n●─┼─╮ b\n●─╯ │ a");
    }

    /// Where a column goes on upwards and downwards; a node may.
    fn ways(row: &str, column: usize) -> (Option<bool>, Option<bool>) {
        match row.chars().nth(2 * column).unwrap_or(' ') {
            '●' => (None, None),
            '│' | '┊' | '┤' | '├' | '┼' => (Some(true), Some(true)),
            '╯' | '╰' | '┴' => (Some(true), Some(false)),
            '╮' | '╭' | '┬' => (Some(false), Some(true)),
            _ => (Some(false), Some(false)),
        }
    }

    fn commits() -> impl Strategy<Value = Vec<Vec<usize>>> {
        prop::collection::vec(prop::collection::vec(1_usize..6, 0..4), 1..40)
    }

    proptest! {
        /// Whatever the shape: what leaves a row comes into the next, and what leads nowhere is drawn nowhere.
        #[test]
        fn each_line_begins_once_and_ends_once(shape in commits()) {
            let last = shape.len() - 1;
            let name = |number: usize| format!("c{number}");
            let names: Vec<String> = (0..=last).map(name).collect();
            // Everything leads to something that is shown.
            let to = |at: usize| shape[at].iter().map(move |step| (at + step).min(last)).filter(move |to| *to > at);
            let nodes: Vec<Node> = (0..=last).map(|at| {
                let links = to(at).map(|to| Link { to: &names[to], gap: false }).collect();
                Node { hash: &names[at], links, sign: '●' }
            }).collect();
            let rows = rows(&nodes);
            prop_assert_eq!(rows.len(), nodes.len());
            let whole = rows.join("\n");
            for (at, row) in rows.iter().enumerate() {
                prop_assert_eq!(row.matches('●').count(), 1, "{}", whole);
                let below = rows.get(at + 1).map_or("", String::as_str);
                for column in 0..row.chars().count().max(below.chars().count()) {
                    let (down, up) = (ways(row, column).1, ways(below, column).0);
                    prop_assert!(down.is_none() || up.is_none() || down == up, "row {at}, column {column}:\n{whole}");
                }
                // Lines below this row: at least one for each commit that something above leads to, at most one for each link.
                let open: Vec<usize> = (0..=at).flat_map(to).filter(|to| *to > at).collect();
                let wanted: std::collections::BTreeSet<usize> = open.iter().copied().collect();
                let lines = (0..row.chars().count()).filter(|column| ways(row, *column).1 == Some(true)).count();
                let from_the_node = usize::from(to(at).next().is_some());
                let lines = lines + from_the_node;
                prop_assert!(wanted.len() <= lines && lines <= open.len(), "row {at}: {lines} of {wanted:?}\n{whole}");
            }
        }
    }
}
