//! The text record that says whose a name is, as external-dns does it.

use crate::model::DeploymentId;

/// Says that the record is for us to read.
const HERITAGE: &str = "heritage=doltops";

/// Whose a name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// No ownership record.
    Nobody,
    /// A deployment's of this control plane.
    Ours(DeploymentId),
    /// Another control plane's, or something that cannot be read.
    Other(String),
}

/// Where the ownership record of `name` stands.
pub fn place(name: &str) -> String {
    format!("_doltops.{name}")
}

/// What stands there, in quotes as a text record has it.
pub fn text(control_plane: &str, deployment: &DeploymentId) -> String {
    format!("\"{HERITAGE},doltops/control-plane={control_plane},doltops/deployment={deployment}\"")
}

/// Reads it.
pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>, control_plane: &str) -> Owner {
    let mut owner = Owner::Nobody;
    for value in values {
        owner = Owner::Other(value.to_owned());
        let fields = || value.trim_matches('"').split(',');
        let field = |key: &str| fields().find_map(|field| field.strip_prefix(key)?.strip_prefix('='));
        let ours = fields().next() == Some(HERITAGE) && field("doltops/control-plane") == Some(control_plane);
        if let Some(deployment) = field("doltops/deployment").filter(|id| ours && !id.is_empty()) {
            return Owner::Ours(DeploymentId::new(deployment));
        }
    }
    owner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_text_makes_a_name_ours() {
        let d = DeploymentId::new("d-1");
        let text = text("cp-1", &d);
        assert_eq!(parse([text.as_str()], "cp-1"), Owner::Ours(d));
        assert_eq!(parse([text.as_str()], "cp-2"), Owner::Other(text.clone()));
        assert_eq!(parse([], "cp-1"), Owner::Nobody);
        for other in ["\"heritage=external-dns,doltops/control-plane=cp-1,doltops/deployment=d-1\"", "\"\"", "x"] {
            assert_eq!(parse([other], "cp-1"), Owner::Other(other.to_owned()));
        }
    }
}
