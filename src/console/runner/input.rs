//! What comes from this machine: keys, time, signals, and who is attached.

use super::{clicks::Clicks, pace::Pace, watch::Watch};
use crate::{
    console::{Hosting, message::Message},
    env::Env,
};
use crossterm::event::{Event, EventStream, KeyEventKind};
use futures::StreamExt;
use std::sync::Arc;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
    time::Instant,
};

/// Keys, pastes, the mouse and sizes, until the terminal goes. `tells_idle`: the report of a terminal that it has the focus,
/// which is asked for by nobody, asks for word when the console is idle.
pub async fn keys(messages: mpsc::Sender<Message>, tells_idle: bool) {
    let (mut events, mut clicks) = (EventStream::new(), Clicks::default());
    while let Some(Ok(event)) = events.next().await {
        let message = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => Message::Key(key),
            Event::Paste(text) => Message::Paste(text),
            Event::Mouse(event) => match clicks.meant(event, Instant::now()) {
                Some(mouse) => Message::Mouse(mouse),
                None => continue,
            },
            Event::FocusGained if tells_idle => Message::IdleAsked,
            Event::Resize(columns, rows) => Message::Resized(columns, rows),
            _ => continue,
        };
        if messages.send(message).await.is_err() {
            return;
        }
    }
    drop(messages.send(Message::TerminalLost).await);
}

/// Time, as fast as it is wanted, and what has changed of the settings by then.
pub async fn ticks(messages: mpsc::Sender<Message>, env: Arc<dyn Env>, pace: Arc<Pace>, mut settings: Watch) {
    loop {
        if messages.send(Message::Tick(env.now().as_millisecond())).await.is_err() {
            return;
        }
        if let Some(changed) = settings.look()
            && messages.send(changed).await.is_err()
        {
            return;
        }
        pace.rest(env.elapsed()).await;
    }
}

/// SIGHUP: the terminal has gone. SIGTERM: the process is asked to end.
pub async fn signals(messages: mpsc::Sender<Message>) {
    // Without handlers the signals end the process at once, which is what remains when they cannot be set.
    let (Ok(mut hang_up), Ok(mut terminate)) = (signal(SignalKind::hangup()), signal(SignalKind::terminate())) else {
        return;
    };
    let message = tokio::select! {
        _ = hang_up.recv() => Message::TerminalLost,
        _ = terminate.recv() => Message::Terminated,
    };
    drop(messages.send(message).await);
}

/// Whether this process hosts the control plane.
pub async fn hosting(messages: mpsc::Sender<Message>, mut hosting: watch::Receiver<Hosting>) {
    loop {
        let now = hosting.borrow_and_update().clone();
        if messages.send(Message::Hosting(now)).await.is_err() || hosting.changed().await.is_err() {
            return;
        }
    }
}
