//! `doltops export`: what is desired, as files for those who keep it in Git.

use super::{Context, Stop, json};
use crate::{
    hosted_api::{
        convert,
        problem::{Kind, Problem},
    },
    manifest::{self, Present, Whole},
    model::DeploymentName,
};
use clap::Args;
use doltops_proto::hosted_api::{ListDeploymentsRequest, ListDeploymentsResponse};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// What is desired as files, for apply
#[derive(Args, Clone, Debug)]
pub struct Export {
    /// Which deployments; all unless given
    names: Vec<DeploymentName>,
    /// Where to: FILE takes all of them; FOLDER/ one file each, NAME.yaml, and is made where it is not there (then the
    /// slash is needed); - is the standard output
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    file: PathBuf,
}

pub async fn run(args: Export, mut context: Context<'_>) -> Result<(), Stop> {
    let fleet = context.client.list_deployments(ListDeploymentsRequest {}).await?.into_inner();
    let mut all = present(&fleet)?.desired;
    if let Some(missing) = args.names.iter().find(|name| !all.contains_key(*name)) {
        return Err(Problem::from(convert::not_found(missing.as_str())).into());
    }
    if !args.names.is_empty() {
        let wanted: BTreeSet<&DeploymentName> = args.names.iter().collect();
        all.retain(|name, _| wanted.contains(name));
    }
    let to_output = args.file.as_os_str() == "-";
    let kept = if to_output { Vec::new() } else { manifest::keep(&args.file, &all).map_err(Problem::from)? };
    if context.out.is_json() {
        return context.out.json(&answer(fleet.commit, &all, &kept));
    }
    if to_output {
        return context.out.text(&text(&all)?);
    }
    for file in kept {
        let word = if file.unchanged { "unchanged" } else { "written" };
        context.out.line(&format!("{} {word}", file.path.display()))?;
    }
    Ok(())
}

fn text(all: &BTreeMap<DeploymentName, Whole>) -> Result<String, Problem> {
    manifest::write(all).map_err(|error| Problem::new(Kind::Failed, error.to_string()))
}

fn answer(commit: String, all: &BTreeMap<DeploymentName, Whole>, kept: &[manifest::Kept]) -> json::Manifests {
    json::Manifests {
        commit,
        deployments: all.iter().map(json::Manifest::from).collect(),
        files: kept
            .iter()
            .map(|file| json::KeptFile { path: file.path.display().to_string(), unchanged: file.unchanged })
            .collect(),
    }
}

/// What is desired, and which names are taken until their deployments are gone; without the types on offer.
pub fn present(fleet: &ListDeploymentsResponse) -> Result<Present, Problem> {
    let mut present = Present::default();
    for deployment in &fleet.deployments {
        let name: DeploymentName = deployment.name.parse().map_err(Problem::from)?;
        match &deployment.desired {
            Some(desired) if !desired.deleting => {
                present.desired.insert(name, Whole::try_from(desired).map_err(Problem::from)?);
            }
            _ => _ = present.going.insert(name),
        }
    }
    Ok(present)
}
