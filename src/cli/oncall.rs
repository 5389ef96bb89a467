//! `doltops oncall`: who is paged now at each level of escalation, and who next.

use super::{
    Context, Stop, json,
    table::{Cell, Column, Table},
    text,
};
use doltops_proto::hosted_api::{Duty, OnCallRequest};

pub async fn run(mut context: Context<'_>) -> Result<(), Stop> {
    let on_call = context.client.on_call(OnCallRequest {}).await?.into_inner();
    if context.out.is_json() {
        return context.out.json(&json::OnCall::from(&on_call));
    }
    if on_call.levels.is_empty() {
        context
            .out
            .note("nobody is paged: there is no [paging] in doltops.toml; docs/paging.md leads to the first page");
    }
    context.out.table(&table(&on_call.levels))
}

fn table(levels: &[Duty]) -> Table {
    let columns = ["LEVEL", "ON CALL", "ROTATION", "UNTIL", "NEXT", "THROUGH", "WAIT"].map(Column::Left);
    let mut table = Table::new(&columns);
    for it in levels {
        let or_dash = |text: &str| if text.is_empty() { Cell::from("–") } else { Cell::from(text) };
        table.row([
            Cell::from(it.level.to_string()),
            or_dash(&it.who),
            or_dash(&it.rotation),
            Cell::from(text::moment(it.until_ms)),
            or_dash(&it.next),
            Cell::from(it.receivers.join(", ")),
            Cell::from(format!("{} min", it.wait_minutes)),
        ]);
    }
    table
}
