//! moto's EC2, with a network of loopback addresses, and a keeper under it.

use crate::{control_plane::ControlPlane, eventually};
use aws_sdk_ec2::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    primitives::Blob,
    types::{InstanceType, ResourceType, Tag, TagSpecification, VolumeType},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use doltops_stand_in::keeper::{Agents, Keeper, Options};
use std::{
    env,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

const REGION: &str = "eu-central-1";
const ZONE: &str = "eu-central-1a";
