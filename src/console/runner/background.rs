//! Whether the terminal's background is light: the terminal is asked (OSC 11), before the first frame: the answer comes
//! the way that keys come, and a key pressed at what is seen must not be read with it.
//!
//! Every terminal answers the question for its kind (DA1), which is sent behind the other one: one that knows no colours
//! is found out as fast as it answers that.

use std::time::Duration;
use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// How long an answer may take: the first frame waits so long where none comes. A slow line to the other end of the world takes 300 ms.
const LIMIT: Duration = Duration::from_millis(400);

/// Asks; `None` where there is no answer.
pub async fn is_light() -> Option<bool> {
    let ask = || {
        let mut options = QueryOptions::default();
        options.timeout = LIMIT;
        theme_mode(options).ok().map(|mode| mode == ThemeMode::Light)
    };
    tokio::task::spawn_blocking(ask).await.ok().flatten()
}
