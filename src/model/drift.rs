//! What was changed behind the control plane's back.

/// Something that was written down and is otherwise now, though nobody asked for it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// instance, type, volume, attachment, name, …
    pub what: &'static str,
    /// As it was written down.
    pub expected: String,
    /// As it is.
    pub seen: String,
    /// What is done about it, or is for a person to do.
    pub remedy: String,
}
