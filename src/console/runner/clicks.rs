//! From what the terminal tells of the mouse to what was meant: a press, a double press, the wheel.

use crate::console::message::{Mouse, Pointed};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use std::time::Duration;
use tokio::time::Instant;

/// Two presses within this time are a double press: what desktops have as their default.
const DOUBLE: Duration = Duration::from_millis(400);

/// The last press.
#[derive(Default)]
pub struct Clicks {
    last: Option<(Instant, u16, u16)>,
}

impl Clicks {
    /// What it means; `None` for what the console has no use for.
    pub fn meant(&mut self, event: MouseEvent, now: Instant) -> Option<Mouse> {
        let (column, row) = (event.column, event.row);
        let what = match event.kind {
            MouseEventKind::ScrollUp => Pointed::WheelUp,
            MouseEventKind::ScrollDown => Pointed::WheelDown,
            MouseEventKind::Down(MouseButton::Left) => self.press(now, column, row),
            _ => return None,
        };
        Some(Mouse { what, column, row })
    }

    fn press(&mut self, now: Instant, column: u16, row: u16) -> Pointed {
        let again = |(then, x, y): (Instant, u16, u16)| (x, y) == (column, row) && now - then < DOUBLE;
        if self.last.is_some_and(again) {
            // A third press begins anew.
            self.last = None;
            Pointed::Double
        } else {
            self.last = Some((now, column, row));
            Pointed::Press
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyModifiers;

    #[test]
    fn two_presses_at_one_place_soon_after_each_other_are_a_double_one() {
        let (mut clicks, start) = (Clicks::default(), Instant::now());
        let mut press = |after: u64, column: u16| {
            let kind = MouseEventKind::Down(MouseButton::Left);
            let event = MouseEvent { kind, column, row: 1, modifiers: KeyModifiers::NONE };
            clicks.meant(event, start + Duration::from_millis(after)).map(|mouse| mouse.what)
        };
        let seen = [(0, 3), (100, 3), (200, 3), (300, 4), (1_000, 4)].map(|(after, column)| press(after, column));
        use Pointed::{Double, Press};
        assert_eq!(seen, [Press, Double, Press, Press, Press].map(Some));
    }
}
