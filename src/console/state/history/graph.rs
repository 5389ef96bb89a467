//! The commit graph, a row a commit, as wide as the lines that run beside one another.
//!
//! Guarantees
//! - A row for each commit, in order, with exactly one node; a line from it to each of its parents that is shown.
//! - What is not shown (left out by a filter, not about the deployment, or not loaded) is one dotted line: what leads
//!   there goes into it, and a shown commit that no shown one leads to comes out of it. Nothing is guessed about what
//!   lies between.
//!
//! Pure; made when the list changes, not when it is drawn. Rows must come newest first, parents after their children.

use std::collections::HashSet;

/// A commit as the graph sees it.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// Its hash.
    pub hash: &'a str,
    /// Its parents' hashes.
    pub parents: Vec<&'a str>,
    /// What stands for it.
    pub sign: char,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane<'a> {
    /// Leads to this commit, which is shown below.
    To(&'a str),
    /// Leads to what is not shown.
    Hidden,
}

/// The rows.
pub fn rows(nodes: &[Node]) -> Vec<String> {
    let shown: HashSet<&str> = nodes.iter().map(|node| node.hash).collect();
    let mut graph = Graph::default();
    nodes.iter().map(|node| graph.row(node, &shown)).collect()
}

#[derive(Default)]
struct Graph<'a> {
    lanes: Vec<Option<Lane<'a>>>,
    /// How many lines went into what is not shown and have not come out of it.
    hidden: usize,
}

impl<'a> Graph<'a> {
    fn row(&mut self, node: &Node<'a>, shown: &HashSet<&str>) -> String {
        let above = self.lanes.clone();
        // Lanes that a line leads to from the node, to the side.
        let mut joined: Vec<usize> = Vec::new();
        let waiting: Vec<usize> = self.places(Lane::To(node.hash));
        let at = match waiting.split_first() {
            Some((first, others)) => {
                joined.extend(others);
                *first
            }
            None => self.come_out(&mut joined),
        };
        for lane in
            joined.iter().filter(|lane| self.lanes[**lane] == Some(Lane::To(node.hash))).copied().collect::<Vec<_>>()
        {
            self.lanes[lane] = None;
        }
        self.lanes[at] = None;
        self.go_on(node, at, shown, &mut joined);
        let row = draw(&above, &self.lanes, at, &joined, node.sign);
        while self.lanes.last() == Some(&None) {
            self.lanes.pop();
        }
        row
    }

    fn places(&self, lane: Lane) -> Vec<usize> {
        (0..self.lanes.len()).filter(|place| self.lanes[*place] == Some(lane)).collect()
    }

    /// A lane for a commit that no shown one leads to.
    fn come_out(&mut self, joined: &mut Vec<usize>) -> usize {
        let Some(dotted) = self.places(Lane::Hidden).first().copied() else { return self.free(0) };
        self.hidden -= 1;
        if self.hidden == 0 {
            return dotted;
        }
        joined.push(dotted);
        self.free(0)
    }

    /// The lines to its parents; the first goes straight down.
    fn go_on(&mut self, node: &Node<'a>, at: usize, shown: &HashSet<&str>, joined: &mut Vec<usize>) {
        let mut targets: Vec<Lane<'a>> = Vec::new();
        for parent in node.parents.iter().copied().filter(|parent| !parent.is_empty()) {
            let target = if shown.contains(parent) { Lane::To(parent) } else { Lane::Hidden };
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        self.hidden += usize::from(targets.contains(&Lane::Hidden));
        for (index, target) in targets.into_iter().enumerate() {
            let there = self.places(target).first().copied();
            match there {
                Some(there) if index > 0 || target == Lane::Hidden => joined.push(there),
                _ if index == 0 => self.lanes[at] = Some(target),
                _ => {
                    let place = self.free(at + 1);
                    self.lanes[place] = Some(target);
                    joined.push(place);
                }
            }
        }
    }

    /// The first free lane from there on.
    fn free(&mut self, from: usize) -> usize {
        let free = (from..self.lanes.len()).find(|place| self.lanes[*place].is_none());
        free.unwrap_or_else(|| {
            self.lanes.push(None);
            self.lanes.len() - 1
        })
    }
}

/// Two characters a lane: what is in it, and what leads on to the right.
fn draw(above: &[Option<Lane>], below: &[Option<Lane>], at: usize, joined: &[usize], sign: char) -> String {
    let low = joined.iter().copied().min().unwrap_or(at).min(at);
    let high = joined.iter().copied().max().unwrap_or(at).max(at);
    let mut row = String::new();
    for place in 0..above.len().max(below.len()) {
        let (up, down) = (above.get(place).copied().flatten(), below.get(place).copied().flatten());
        let dotted = up == Some(Lane::Hidden) || (up.is_none() && down == Some(Lane::Hidden));
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

    fn words(parents: &[String]) -> Vec<&str> {
        parents.iter().map(String::as_str).collect()
    }

    /// Commits as `hash: parents`.
    fn drawn(commits: &[(&str, &[&str])]) -> String {
        let parents: Vec<Vec<String>> =
            commits.iter().map(|(_, parents)| parents.iter().map(|it| (*it).to_owned()).collect()).collect();
        let nodes: Vec<Node> = commits
            .iter()
            .zip(&parents)
            .map(|((hash, _), parents)| Node { hash, parents: words(parents), sign: '●' })
            .collect();
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

    /// Of one deployment: between its commits there are those of others.
    #[test]
    fn what_is_left_out_is_dotted() {
        assert_eq!(drawn(&[("d", &["x"]), ("b", &["a"]), ("a", &["w"])]), "● d\n● b\n● a");
        let picture = drawn(&[("m", &["b", "x"]), ("b", &["w"]), ("a", &["v"])]);
        assert_eq!(picture, "●─╮ m\n●─┤ b\n●─┤ a", "two lines lead out of what is shown, and one of them to a");
    }

    fn commits() -> impl Strategy<Value = Vec<Vec<usize>>> {
        prop::collection::vec(prop::collection::vec(1_usize..6, 0..4), 0..40)
    }

    proptest! {
        /// Whatever the shape, and whatever a filter leaves out.
        #[test]
        fn each_commit_has_one_row_and_one_node(shape in commits(), hidden in prop::collection::vec(any::<bool>(), 40)) {
            let name = |number: usize| format!("c{number}");
            let parents: Vec<Vec<String>> =
                shape.iter().enumerate().map(|(at, steps)| steps.iter().map(|step| name(at + step)).collect()).collect();
            let names: Vec<String> = (0..shape.len()).map(name).collect();
            let nodes: Vec<Node> = names.iter().zip(&parents).zip(&hidden).filter(|(_, hidden)| !**hidden)
                .map(|((hash, parents), _)| Node { hash, parents: words(parents), sign: '●' }).collect();
            let rows = rows(&nodes);
            prop_assert_eq!(rows.len(), nodes.len());
            for row in rows {
                prop_assert_eq!(row.matches('●').count(), 1, "{}", row);
            }
        }
    }
}
