//! Constraints as Dolt's own tests, so that a commit that breaks one is refused by the database itself.

use super::{literal, quoted, read};
use crate::{checks::rules::Constraint, hosted_api::problem::Problem, sql::Session};

/// The group of tests that is ours: others are left alone.
pub const GROUP: &str = "doltops";

/// Writes the constraints into `dolt_tests` and commits them; those of ours that the rules no longer have are removed.
/// `enforce`: from now on a commit that breaks one is refused. Gives whether anything was changed.
///
/// # Errors
/// The database's own words.
pub async fn install(
    session: &mut Session,
    database: &str,
    branch: &str,
    constraints: &[Constraint],
    enforce: bool,
) -> Result<bool, Problem> {
    let place = format!("{database}/{branch}");
    read::rows(session, &format!("use {}", quoted(&place)), 0).await?;
    let group = literal(GROUP);
    session.run("start transaction", 0).await?;
    session.run(&format!("delete from dolt_tests where test_group = {group}"), 0).await?;
    for constraint in constraints {
        let (name, sql) = (literal(&constraint.name), literal(&constraint.sql));
        let insert = format!("insert into dolt_tests values ({name}, {group}, {sql}, 'expected_rows', '==', '0')");
        session.run(&insert, 0).await?;
    }
    session.run("call dolt_add('dolt_tests')", 1).await?;
    let staged =
        read::rows(session, "select table_name from dolt_status where staged and table_name = 'dolt_tests'", 1);
    let changed = !staged.await?.is_empty();
    if changed {
        // It would be refused where the data breaks one already; the tests are to be there all the same.
        session.run("call dolt_commit('--skip-verification', '-m', 'Install checks')", 1).await?;
    }
    session.run("commit", 0).await?;
    if enforce {
        let set = "select @@global.dolt_commit_verification_groups";
        let now = read::rows(session, set, 1).await?.pop().and_then(|mut row| row.pop().flatten()).unwrap_or_default();
        let mut groups: Vec<&str> = now.split(',').map(str::trim).filter(|group| !group.is_empty()).collect();
        if !groups.contains(&GROUP) && !groups.contains(&"*") {
            groups.push(GROUP);
            let groups = literal(&groups.join(","));
            session.run(&format!("set persist dolt_commit_verification_groups = {groups}"), 0).await?;
        }
    }
    Ok(changed)
}
