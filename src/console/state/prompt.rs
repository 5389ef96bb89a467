//! A question over all screens: a text to type, or a yes to what cannot be taken back.

use super::typed::Typed;
use crate::console::action::branch::say::About;
use std::path::PathBuf;

/// What it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Connect anew with the other rights: to write on production, or although a transaction is open.
    SwitchRights,
    /// Leave the SQL screen although a transaction is open.
    LeaveSql,
    /// Write the result that is shown to the file that is typed.
    Export,
    /// The same to a file that is there.
    Replace(PathBuf),
    /// Forward this deployment to the port that is typed.
    Forward(String),
    /// Say something about a change request.
    Branch(About),
}

/// A question.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What it is about.
    pub title: String,
    /// What one must know before one answers.
    pub lines: Vec<String>,
    /// What is typed, where something is.
    pub input: Option<Typed>,
    /// Why the last answer would not do.
    pub error: Option<String>,
    /// What Enter does, in a few words.
    pub enter: String,
    /// What it is for.
    pub purpose: Purpose,
}
