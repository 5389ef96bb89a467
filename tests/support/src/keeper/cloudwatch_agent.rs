//! placeholder
use doltops_agent::machine::Aws;
/// x
pub async fn run(_id: String, _aws: Aws) {}
