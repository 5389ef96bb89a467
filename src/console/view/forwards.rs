//! Forwarded ports and the connections through them.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{action::forwards::traffic, state::forwards::Line as Row, text, theme::Meaning};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

/// Lines for why the port under the cursor does not do what it should.
const WHY: u16 = 3;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, view: View) {
    let forwards = &view.state.forwards;
    let (ports, open) = (forwards.ports.len(), forwards.open());
    let title = format!("{}, {}", text::plural(ports, "port"), text::plural(open, "connection"));
    let inner = parts::panel(frame, area, parts::heading(view, &format!("Forwarded: {title}")), view);
    if forwards.ports.is_empty() {
        let said = "nothing is forwarded: F on a deployment opens a port of this machine that leads to it";
        parts::lines(frame, inner, vec![Line::from(view.span(Meaning::Muted, said))]);
        return;
    }
    let lines = forwards.lines();
    let port = match forwards.selected() {
        Some(Row::Port(at) | Row::Connection(at, _)) => forwards.ports.get(at),
        None => None,
    };
    let problem = port.and_then(|port| port.problem.as_ref());
    let below = if problem.is_some() { WHY } else { 0 };
    let [list, why] = Layout::vertical([Constraint::Min(1), Constraint::Length(below)]).areas(inner);
    let columns = [
        Column::left("DEPLOYMENT", 22),
        Column::left("ADDRESS", 21),
        Column::left("SINCE", 6),
        Column::left("CARRIES", 24),
    ];
    grid::draw(frame, list, &columns, &forwards.list, view, |index| {
        let Some(line) = lines.get(index) else { return Vec::new() };
        match *line {
            Row::Port(at) => {
                let Some(port) = forwards.ports.get(at) else { return Vec::new() };
                let (meaning, state) = match (&port.address, &port.problem) {
                    (Some(address), _) => (Meaning::Good, format!("● {address}")),
                    (None, Some(_)) => (Meaning::Bad, "✗ not open".to_owned()),
                    (None, None) => (Meaning::Busy, "◌ opening".to_owned()),
                };
                let open = match port.connections.len() {
                    0 => "no connection".to_owned(),
                    open => text::plural(open, "connection"),
                };
                vec![
                    view.span(Meaning::Title, text::fit(&port.name, 22)),
                    view.span(meaning, state),
                    view.span(Meaning::Muted, text::age(view.state.now, port.since)),
                    view.span(Meaning::Text, open),
                ]
            }
            Row::Connection(at, index) => {
                let Some(open) = forwards.ports.get(at).and_then(|port| port.connections.get(index)) else {
                    return Vec::new();
                };
                vec![
                    view.span(Meaning::Muted, "  └ from"),
                    view.span(Meaning::Text, open.live.from.to_string()),
                    view.span(Meaning::Muted, text::age(view.state.now, open.since)),
                    view.span(Meaning::Text, traffic(&open.live)),
                ]
            }
        }
    });
    if let Some(problem) = problem {
        parts::lines(frame, why, parts::problem(view, problem, why.width));
    }
}
