//! A cell of what is desired: what one person edits, and two may disagree on.

use crate::model::{Desired, Refusal, Settings, spec};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// One thing that is desired of a deployment, apart from all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Cell {
    /// That it is there at all.
    Deployment,
    /// What it is called.
    Name,
    /// The instance's type.
    InstanceType,
    /// The volume's size.
    VolumeGib,
    /// Who signs its certificate.
    Certificate,
    /// Whether it serves.
    Power,
    /// Whether something deletes it.
    Protected,
    /// Whether the reconciler rests.
    Paused,
    /// A setting, by its key.
    Setting(String),
}

/// The columns that every deployment has and that may be edited.
pub const COLUMNS: [Cell; 6] =
    [Cell::InstanceType, Cell::VolumeGib, Cell::Certificate, Cell::Power, Cell::Protected, Cell::Paused];

impl Cell {
    /// The word for it: the column, or the setting's key.
    pub fn as_str(&self) -> &str {
        match self {
            Cell::Deployment => "deployment",
            Cell::Name => "name",
            Cell::InstanceType => "instance_type",
            Cell::VolumeGib => "volume_gib",
            Cell::Certificate => "certificate",
            Cell::Power => "power",
            Cell::Protected => "protected",
            Cell::Paused => "paused",
            Cell::Setting(key) => key,
        }
    }

    /// What it holds, as it stands in its table; none for a setting that is at its default, and for
    /// [`Cell::Deployment`], which is no column.
    pub fn read(&self, desired: &Desired) -> Option<String> {
        let flag = |on: bool| Some(u8::from(on).to_string());
        match self {
            Cell::Deployment => None,
            Cell::Name => Some(desired.name.to_string()),
            Cell::InstanceType => Some(desired.spec.instance_type.clone()),
            Cell::VolumeGib => Some(desired.spec.volume_gib.to_string()),
            Cell::Certificate => Some(desired.spec.certificate.to_string()),
            Cell::Power => Some(desired.power.to_string()),
            Cell::Protected => flag(desired.protected),
            Cell::Paused => flag(desired.paused),
            Cell::Setting(key) => desired.spec.settings.as_map().get(key).cloned(),
        }
    }

    /// Makes it hold this; none is a setting's default.
    ///
    /// # Errors
    /// It cannot hold that.
    pub fn write(&self, desired: &mut Desired, value: Option<&str>) -> Result<(), Refusal> {
        let wrong = |value: &str| Refusal::invalid(self.as_str(), format!("cannot be '{}'", value.escape_default()));
        let flag = |value: &str| match value {
            "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            other => Err(wrong(other)),
        };
        match (self, value) {
            (Cell::Setting(key), value) => {
                desired.spec.settings = desired.spec.settings.clone().with(key, value.unwrap_or_default())?;
            }
            (Cell::Deployment, _) | (_, None | Some("")) => return Err(wrong(value.unwrap_or_default())),
            (Cell::Name, Some(value)) => desired.name = value.parse()?,
            (Cell::InstanceType, Some(value)) => value.clone_into(&mut desired.spec.instance_type),
            (Cell::VolumeGib, Some(value)) => {
                desired.spec.volume_gib = spec::volume_gib(value.parse().map_err(|_| wrong(value))?)?;
            }
            (Cell::Certificate, Some(value)) => desired.spec.certificate = value.parse()?,
            (Cell::Power, Some(value)) => desired.power = value.parse()?,
            (Cell::Protected, Some(value)) => desired.protected = flag(value)?,
            (Cell::Paused, Some(value)) => desired.paused = flag(value)?,
        }
        Ok(())
    }

    /// Makes it hold what it holds in `from`. Unlike [`Cell::write`] it asks nothing: what is there was asked for once.
    pub fn copy(&self, from: &Desired, to: &mut Desired) {
        match self {
            Cell::Deployment => {}
            Cell::Name => to.name.clone_from(&from.name),
            Cell::InstanceType => to.spec.instance_type.clone_from(&from.spec.instance_type),
            Cell::VolumeGib => to.spec.volume_gib = from.spec.volume_gib,
            Cell::Certificate => to.spec.certificate = from.spec.certificate,
            Cell::Power => to.power = from.power,
            Cell::Protected => to.protected = from.protected,
            Cell::Paused => to.paused = from.paused,
            Cell::Setting(key) => {
                let mut all = to.spec.settings.as_map().clone();
                match from.spec.settings.as_map().get(key) {
                    Some(value) => _ = all.insert(key.clone(), value.clone()),
                    None => _ = all.remove(key),
                }
                to.spec.settings = Settings::stored(all);
            }
        }
    }
}

/// The cells of settings that any of these has.
pub fn settings<'a>(of: impl IntoIterator<Item = &'a Settings>) -> Vec<Cell> {
    let keys: BTreeSet<&String> = of.into_iter().flat_map(|settings| settings.as_map().keys()).collect();
    keys.into_iter().cloned().map(Cell::Setting).collect()
}

impl FromStr for Cell {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let columns = COLUMNS.into_iter().chain([Cell::Deployment, Cell::Name]);
        if let Some(column) = columns.into_iter().find(|column| column.as_str() == text) {
            return Ok(column);
        }
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
        if plain && text.len() <= 64 {
            return Ok(Cell::Setting(text.to_owned()));
        }
        Err(Refusal::invalid("cell", format!("'{}' is no column and no setting", text.escape_default())))
    }
}

impl TryFrom<String> for Cell {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        text.parse()
    }
}

impl From<Cell> for String {
    fn from(cell: Cell) -> Self {
        cell.as_str().to_owned()
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CertificateKind, DeploymentId, Power, Spec};

    fn orders() -> Desired {
        Desired {
            id: DeploymentId::new("d-1"),
            name: "orders".parse().expect("a name"),
            spec: Spec {
                instance_type: "local.small".to_owned(),
                volume_gib: 10,
                certificate: CertificateKind::SelfSigned,
                settings: Settings::default().with("max_connections", "40").expect("in bounds"),
            },
            power: Power::Running,
            protected: true,
            paused: false,
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else_moves() {
        let setting = Cell::Setting("max_connections".to_owned());
        for (cell, value) in
            COLUMNS.into_iter().chain([setting.clone()]).zip(["local.large", "20", "webpki", "stopped", "0", "1", "50"])
        {
            let (before, mut after) = (orders(), orders());
            cell.write(&mut after, Some(value)).expect(value);
            assert_eq!(cell.read(&after).as_deref(), Some(value));
            cell.write(&mut after, cell.read(&before).as_deref()).expect("what was there");
            assert_eq!(after, before, "{cell}");
            assert_eq!(cell.to_string().parse::<Cell>().expect("its word"), cell);
        }
        let mut after = orders();
        setting.write(&mut after, None).expect("its default");
        assert_eq!(setting.read(&after), None);
    }

    #[test]
    fn what_a_cell_cannot_hold_is_refused_by_its_name() {
        for (cell, value) in [
            (Cell::VolumeGib, Some("0")),
            (Cell::VolumeGib, Some("many")),
            (Cell::Power, Some("asleep")),
            (Cell::Paused, Some("2")),
            (Cell::Name, Some("A")),
            (Cell::InstanceType, None),
            (Cell::Deployment, Some("1")),
            (Cell::Setting("data_dir".to_owned()), Some("/")),
        ] {
            assert!(matches!(cell.write(&mut orders(), value), Err(Refusal::Invalid { .. })), "{cell} {value:?}");
        }
    }
}
