//! A receiver's key, read anew for each try: one that is changed counts from the next page on.

use crate::{
    incidents::paging::settings::KeySource,
    secrets::{Secret, Secrets},
};

/// The key; an error names where it should be, and nothing of what is there.
pub async fn read(source: &KeySource, secrets: &dyn Secrets) -> Result<Secret, String> {
    let (text, place) = match source {
        KeySource::File(path) => {
            let place = format!("the file {}", path.display());
            let text = tokio::fs::read_to_string(path).await;
            (text.map_err(|error| format!("the key in {place} cannot be read: {error}"))?, place)
        }
        KeySource::Variable(name) => {
            let place = format!("the variable {name}");
            let text = std::env::var(name);
            (text.map_err(|_| format!("the key in {place} cannot be read: it is not set"))?, place)
        }
        KeySource::Secret(name) => {
            let secret = secrets.get(name).await.map_err(|error| error.to_string())?;
            let secret = secret.ok_or_else(|| format!("there is no secret {name} in the secret store"))?;
            (secret.reveal().to_owned(), format!("the secret {name}"))
        }
    };
    let key = text.trim();
    if key.is_empty() { Err(format!("the key in {place} is empty")) } else { Ok(Secret::new(key)) }
}
