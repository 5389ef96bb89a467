//! `doltops create`.

use super::{
    Context, Stop,
    args::How,
    change::{Asked, submit},
    values,
    wait::Until,
};
use crate::model::{CertificateKind, DeploymentName, Power};
use clap::Args;
use doltops_proto::hosted_api::change;

/// Create a deployment
#[derive(Args, Clone, Debug)]
pub struct Create {
    /// Its name: a DNS label
    name: DeploymentName,
    /// The instance type; see `doltops status` for those on offer
    #[arg(long = "type", value_name = "TYPE")]
    instance_type: Option<String>,
    /// The volume's size
    #[arg(long, value_name = "GIB", value_parser = values::volume, allow_hyphen_values = true)]
    volume: Option<u64>,
    /// Who signs the database's certificate: self-signed or webpki
    #[arg(long, value_name = "KIND")]
    certificate: Option<CertificateKind>,
    /// Let it rest until it is started: nothing is launched
    #[arg(long)]
    stopped: bool,
    /// Whether at all, and whether to wait.
    #[command(flatten)]
    pub how: How,
}

pub async fn run(args: Create, context: Context<'_>) -> Result<(), Stop> {
    let what = change::Change::Create(change::Create {
        name: args.name.to_string(),
        instance_type: args.instance_type.unwrap_or_default(),
        volume_gib: args.volume,
        certificate: args.certificate.map(|kind| kind.to_string()).unwrap_or_default(),
        power: if args.stopped { Power::Stopped.to_string() } else { String::new() },
        ..change::Create::default()
    });
    let asked = Asked { word: "create", name: Some(args.name.as_str()), until: Until::Settled };
    submit(what, asked, args.how, context).await
}
