//! A backend that brackets each frame in a synchronized update and leaves out what changes nothing.
//!
//! ratatui sends neither; it also hides the cursor with every frame, which alone would write to an idle terminal.

use crossterm::{
    queue,
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use std::io::{self, Write};

/// See the module.
pub struct Synchronized<W: Write> {
    inner: CrosstermBackend<W>,
    /// A frame has begun: something was written since the last flush.
    open: bool,
    /// Where the cursor was put last; `Some(None)` when it is hidden.
    cursor: Option<Option<Position>>,
}

impl<W: Write> Synchronized<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { inner: CrosstermBackend::new(out), open: false, cursor: None }
    }

    /// Beside the frames.
    pub fn writer(&mut self) -> &mut impl Write {
        &mut self.inner
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.open {
            self.open = true;
            queue!(self.inner, BeginSynchronizedUpdate)?;
        }
        Ok(())
    }
}

impl<W: Write> Backend for Synchronized<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.begin()?;
        // Writing moves the cursor.
        if self.cursor != Some(None) {
            self.cursor = None;
        }
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor == Some(None) {
            return Ok(());
        }
        self.begin()?;
        self.cursor = Some(None);
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if matches!(self.cursor, Some(Some(_))) {
            return Ok(());
        }
        // ratatui does this when it is dropped, and prints where it fails: where the terminal has gone, printing panics, and
        // what this process hosts would be left. A frame that cannot be written tells of a lost terminal.
        if self.begin().is_ok() {
            self.cursor = None;
            let _ = self.inner.show_cursor();
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor == Some(Some(position)) {
            return Ok(());
        }
        self.begin()?;
        self.cursor = Some(Some(position));
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.begin()?;
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.begin()?;
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.open {
            return Ok(());
        }
        self.open = false;
        queue!(self.inner, EndSynchronizedUpdate)?;
        Backend::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::{Terminal, TerminalOptions, Viewport, layout::Rect, widgets::Paragraph};
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<Vec<u8>>>);

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_is_bracketed_and_an_unchanged_one_sends_nothing() {
        let out = Out::default();
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, 20, 2)) };
        let mut terminal = Terminal::with_options(Synchronized::new(out.clone()), options).expect("a terminal");
        let mut draw = |text: &str, cursor: Option<(u16, u16)>| {
            terminal
                .draw(|frame| {
                    frame.render_widget(Paragraph::new(text.to_owned()), frame.area());
                    if let Some(cursor) = cursor {
                        frame.set_cursor_position(cursor);
                    }
                })
                .expect("drawn");
            String::from_utf8(std::mem::take(&mut *out.0.lock().expect("no panic"))).expect("UTF-8")
        };
        let first = draw("one", None);
        assert!(first.starts_with("\u{1b}[?2026h") && first.ends_with("\u{1b}[?2026l"), "{first:?}");
        assert_eq!(draw("one", None), "");
        assert!(draw("one", Some((1, 1))).contains("\u{1b}[?25h"));
        assert_eq!(draw("one", Some((1, 1))), "");
        assert!(draw("two", Some((1, 1))).contains("\u{1b}[2;2H"), "the cursor goes back to its place");
    }
}
