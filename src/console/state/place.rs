//! Where keys go.

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The screen is too small to show more than that.
    TooSmall,
    /// The question before quitting.
    Quit,
    /// The palette.
    Palette,
    /// The help.
    Help,
    /// A row or a line, whole.
    Whole,
    /// The list of themes.
    Themes,
    /// Which columns are shown.
    Columns,
    /// A question.
    Prompt,
    /// The statements that were run.
    Past,
    /// The line that filters or searches.
    Line,
    /// A question at the foot of the screen.
    Question,
    /// A screen.
    Place(Place),
}

/// The kinds of screens; commands say where they apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The table of deployments.
    Fleet,
    /// One deployment.
    Deployment,
    /// Its metrics.
    Metrics,
    /// Its log.
    Logs,
    /// Commits.
    History,
    /// Two commits side by side.
    Diff,
    /// Which commit gave each value of a deployment.
    Blame,
    /// What the reconciler did and will do.
    Activity,
    /// The command log.
    Commands,
    /// Picking a commit to go back to.
    RollBack,
    /// A change being prepared.
    Form,
    /// SQL, in its text.
    Connect,
    /// SQL, in the rows that came back.
    Rows,
    /// Events.
    Events,
    /// What belongs to no deployment.
    Orphans,
    /// What databases show to clients.
    Certificates,
    /// What this machine lacks.
    Doctor,
    /// Change requests.
    Branches,
    /// One change request.
    Branch,
    /// Checks over a database's history.
    Checks,
    /// A commit that they flagged.
    Finding,
    /// Ports that lead to databases.
    Forwards,
    /// The health of the whole fleet.
    Pulse,
    /// Incidents.
    Incidents,
    /// One incident.
    Incident,
    /// An incident that a person opens.
    Report,
}
