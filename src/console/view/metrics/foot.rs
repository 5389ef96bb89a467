//! What the signs on the axis stand for.

use crate::console::{
    state::metrics::{Metrics, moments::Moment},
    text,
    theme::Meaning,
    view::{View, chart},
};
use ratatui::text::{Line, Span};

/// A longer name of a deployment is cut off.
const NAME: usize = 14;

fn sign(moment: &Moment, view: View) -> Span<'static> {
    let (sign, meaning) = chart::moment_sign(moment);
    view.span(meaning, format!(" {sign} "))
}

/// At most `most` of them: those nearest to the crosshair, or the newest.
pub fn lines(moments: &[Moment], metrics: &Metrics, most: usize, view: View) -> Vec<Line<'static>> {
    let mut order: Vec<&Moment> = moments.iter().collect();
    match metrics.cross() {
        Some(cross) => order.sort_by_key(|moment| (moment.time - cross).abs()),
        None => order.reverse(),
    }
    let hidden = order.len().saturating_sub(most);
    order.truncate(most);
    // In the order in which they happened, whichever they are.
    order.sort_by_key(|moment| moment.time);
    let last = order.len();
    let several = metrics.names.len() > 1;
    let line = |(at, moment): (usize, &Moment)| {
        let mut spans = vec![
            sign(moment, view),
            view.span(Meaning::Muted, format!("{}  ", text::moment(moment.time, &view.state.zone))),
        ];
        if several {
            spans.push(view.span(Meaning::Title, format!("{}  ", text::fit(&moment.deployment, NAME))));
        }
        spans.push(view.span(Meaning::Text, moment.text.clone()));
        if at + 1 == last && hidden > 0 {
            spans.push(view.span(Meaning::Muted, format!("   and {hidden} more: n and N go there")));
        }
        Line::from(spans)
    };
    order.into_iter().enumerate().map(line).collect()
}
