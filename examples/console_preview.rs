//! The console over a control plane that answers from memory: `cargo run --example console_preview [dark|light|down] [more]`.

#[path = "../src/console/tests/fake.rs"]
mod fake;
#[path = "../src/console/tests/sample.rs"]
mod sample;

use doltops::{
    console::{self, Hosting, Options, theme::Theme},
    env::{Env, System},
    hosted_api::client,
};
use std::sync::Arc;
use tonic::transport::Endpoint;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let theme = arguments.next().unwrap_or_else(|| "dark".to_owned());
    let more = arguments.next().and_then(|more| more.parse().ok()).unwrap_or(0);
    let env = Arc::new(System::new());
    let now = env.now().as_millisecond();
    let channel = match theme.as_str() {
        "down" => Endpoint::from_static("http://127.0.0.1:1").connect_lazy(),
        _ => fake::serve(fake::Fake { now, more, ..fake::Fake::default() }),
    };
    let theme = Theme::load(if theme == "light" { "light" } else { "dark" }, std::env::var_os("NO_COLOR").is_none())?;
    let (_sender, hosting) = tokio::sync::watch::channel(Hosting { hosts: true, others: 0 });
    let zone = jiff::tz::TimeZone::system();
    let exit = console::run(Options { client: client::on(channel), theme, hosting, env, zone }).await?;
    println!("{exit:?}");
    Ok(())
}
