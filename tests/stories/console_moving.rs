//! Moving about in a real pseudo-terminal: a locator to start with, back and forth, and the session at the next start.

use crate::support::{sandbox::Sandbox, screen::Screen};

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";

#[test]
fn a_locator_leads_somewhere_and_the_next_start_is_where_the_last_one_ended() {
    let sandbox = Sandbox::with_daemon();
    sandbox.create("billing");
    sandbox.create("orders");

    let mut screen = Screen::start(&sandbox, "open deployments/orders/history", 120, 40);
    screen.see(&["doltops › orders › History", "Create orders"]);
    screen.press("L");
    screen.see(&["sent to the clipboard: deployments/orders/history/"]);
    screen.press("l");
    screen.see(&["orders › History › Logs"]);
    screen.press("[");
    screen.see(&["orders › History ", "Create orders"]);
    screen.press("[");
    screen.see(&["doltops › Fleet", "HEALTH↓"]);
    screen.press(":");
    screen.see(&["Command"]);
    screen.press("sort name desc");
    screen.press(ENTER);
    screen.see(&["NAME↓", "sorted by name, descending"]);
    screen.press("/");
    screen.press("health:healthy name:ord");
    screen.press(ENTER);
    screen.see(&["filter 'health:healthy name:ord': 1 of 2"]);
    screen.press(":logs orders");
    screen.press(ENTER);
    screen.see(&["doltops › orders › Logs"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);

    let mut screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["doltops › orders › Logs"]);
    screen.press(ESCAPE);
    screen.see(&["filter 'health:healthy name:ord': 1 of 2", "NAME↓"]);
    screen.press(":");
    // The foot too: a frame may be seen before all of it is there.
    screen.see(&["logs orders", "sort name desc", "Tab complete"]);
    screen.press(ESCAPE);
    screen.idle();
    screen.press("q");
    assert_eq!(screen.end(), 0);

    let mut screen = Screen::start(&sandbox, "--fresh", 120, 40);
    screen.see(&["doltops › Fleet", "HEALTH↓", "billing", "orders"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);

    let mut screen = Screen::start(&sandbox, "open deployments/order/metrics", 120, 40);
    screen.see(&["there is no deployment order; there are orders, billing"]);
    screen.press("q");
    assert_eq!(screen.end(), 0);
}
