//! Credentials that an instance gets: for its own metrics and logs, and for an hour.
//!
//! Guarantees: whatever the role allows, these allow only to send metrics into the deployment's own namespace and logs
//! into its own log group. Nothing can be read or deleted with them.
//!
//! Why not an instance profile: every SQL user could reach its keys through Dolt's remotes.

use super::{AwsCloud, calls::Call, read};
use crate::{
    cloud::{CloudError, Credentials},
    model::DeploymentId,
    secrets::Secret,
};
use serde_json::json;

/// What every role allows, and the most when one role takes on another.
const SECONDS: i32 = 3600;

impl AwsCloud {
    pub(super) async fn new_credentials(&self, deployment: &DeploymentId) -> Result<Credentials, CloudError> {
        let Some(role) = &self.options.instance_role else {
            return Err(CloudError::Refused(
                "no `instance_role` is set in [aws]: instances get no credentials, and send no metrics".to_owned(),
            ));
        };
        let place = Place::new(&self.control_plane, deployment);
        let call = self
            .clients
            .sts
            .assume_role()
            .role_arn(role)
            .role_session_name(deployment.as_str())
            .duration_seconds(SECONDS)
            .policy(place.policy(role, &self.options.region));
        let given = self.calls.make(Call::sts("AssumeRole"), || call.clone().send()).await?;
        let given = given.credentials().ok_or_else(|| CloudError::from(&Call::sts("AssumeRole")))?;
        Ok(Credentials {
            access_key_id: given.access_key_id().to_owned(),
            secret_access_key: Secret::new(given.secret_access_key()),
            session_token: Secret::new(given.session_token()),
            until: read::time(Some(given.expiration())),
            region: self.options.region.clone(),
            endpoint_url: self.options.endpoint_url.clone().unwrap_or_default(),
            namespace: place.namespace,
            log_group: place.log_group,
        })
    }
}

/// Where a deployment's metrics and logs are.
struct Place {
    namespace: String,
    log_group: String,
}

impl Place {
    fn new(control_plane: &str, deployment: &DeploymentId) -> Self {
        Self {
            namespace: format!("Doltops/{control_plane}/{deployment}"),
            log_group: deployment.log_group(control_plane),
        }
    }

    /// The session policy: what is in it and in the role's own is allowed, nothing else.
    fn policy(&self, role: &str, region: &str) -> String {
        // arn:PARTITION:iam::ACCOUNT:role/NAME
        let mut parts = role.split(':').skip(1);
        let partition = parts.next().filter(|part| !part.is_empty()).unwrap_or("aws");
        let account = parts.nth(2).filter(|part| !part.is_empty()).unwrap_or("*");
        let group = format!("arn:{partition}:logs:{region}:{account}:log-group:{}", self.log_group);
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "cloudwatch:PutMetricData",
                    "Resource": "*",
                    "Condition": { "StringEquals": { "cloudwatch:namespace": self.namespace } },
                },
                {
                    "Effect": "Allow",
                    "Action": [
                        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups",
                        "logs:DescribeLogStreams", "logs:PutLogEvents", "logs:PutRetentionPolicy",
                    ],
                    "Resource": [group, format!("{group}:*")],
                },
            ],
        });
        policy.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_this_deployment_alone_and_fits_into_its_limit() {
        let place = Place::new("cp-abcdefghijkl", &DeploymentId::new("d-0123456789ab"));
        let policy = place.policy("arn:aws-cn:iam::123456789012:role/doltops-instance", "cn-north-1");
        let read: serde_json::Value = serde_json::from_str(&policy).expect("JSON");
        let namespace = &read["Statement"][0]["Condition"]["StringEquals"]["cloudwatch:namespace"];
        assert_eq!(namespace, "Doltops/cp-abcdefghijkl/d-0123456789ab");
        let group = "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/doltops/cp-abcdefghijkl/d-0123456789ab";
        assert_eq!(read["Statement"][1]["Resource"][0], group);
        assert_eq!(read["Statement"][1]["Resource"][1], format!("{group}:*"));
        assert!(policy.len() < 2048, "STS takes 2,048 characters: {}", policy.len());
    }
}
