//! Which database is meant, and which branch: what is not there is named with what is.

use super::{literal, quoted, read};
use crate::{
    hosted_api::problem::{Kind, Problem},
    sql::Session,
};

/// Databases that hold nothing of the user's.
const SERVERS_OWN: [&str; 3] = ["information_schema", "mysql", "performance_schema"];

/// So many names stand in an answer: more are no help.
const NAMED: usize = 10;

/// The databases of a server that are somebody's.
///
/// # Errors
/// The database's own words.
pub async fn databases(session: &mut Session) -> Result<Vec<String>, Problem> {
    let names = read::rows(session, "show databases", 1).await?;
    let names = names.into_iter().filter_map(|mut row| row.pop().flatten());
    Ok(names.filter(|name| !SERVERS_OWN.contains(&name.as_str())).collect())
}

/// The one that was asked for, or the only one. `whose`: the deployment or the server.
///
/// # Errors
/// Names those that there are.
pub fn database(asked: Option<&str>, there: &[String], whose: &str) -> Result<String, Problem> {
    // Dolt finds them in any case, and calls them as they were made.
    let is_it = |name: &&String| asked.is_none_or(|asked| asked.eq_ignore_ascii_case(name));
    match (there.iter().find(is_it), asked) {
        (None, _) if there.is_empty() => {
            Err(Problem::new(Kind::NotFound, format!("{whose} has no database yet")).next("make one by SQL"))
        }
        (None, asked) => {
            let what = format!("{whose} has no database {}", asked.unwrap_or_default());
            Err(Problem::new(Kind::NotFound, what).next(format!("it has {}", some(there))))
        }
        (Some(_), None) if there.len() > 1 => {
            let what = format!("{whose} has {} databases: one must be named", there.len());
            Err(Problem::invalid("database", what).next(format!("give --database with one of {}", some(there))))
        }
        (Some(name), _) => Ok(name.clone()),
    }
}

/// What to say where a branch could not be stood on: that there is no such branch, else the database's own words.
pub async fn no_branch(session: &mut Session, database: &str, branch: &str, said: Problem) -> Problem {
    let names = async {
        read::rows(session, &format!("use {}", quoted(database)), 0).await?;
        // `dolt_branches` stands in the database that is used.
        let sql = format!("select name from dolt_branches order by name = {} desc, name", literal(branch));
        read::rows(session, &sql, 1).await
    };
    let Ok(names) = names.await else { return said };
    let names: Vec<String> = names.into_iter().filter_map(|mut row| row.pop().flatten()).collect();
    if names.iter().any(|name| name == branch) {
        return said;
    }
    let what = format!("{database} has no branch {branch}");
    Problem::new(Kind::NotFound, what).next(format!("its branches: {}", some(&names)))
}

fn some(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > NAMED { format!("{shown} and {} more", names.len() - NAMED) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_only_database_is_taken_and_one_that_is_not_there_is_named() {
        let two = names(&["shop", "stock"]);
        assert_eq!(database(None, &names(&["shop"]), "alpha"), Ok("shop".to_owned()));
        assert_eq!(database(Some("Stock"), &two, "alpha"), Ok("stock".to_owned()));

        let unnamed = database(None, &two, "alpha").expect_err("two");
        assert_eq!((unnamed.kind, unnamed.field.as_str()), (Kind::Invalid, "database"));
        assert!(unnamed.what.contains("2 databases") && unnamed.next.contains("shop, stock"), "{unnamed:?}");
        let missing = database(Some("nope"), &two, "alpha").expect_err("not there");
        assert_eq!((missing.kind.exit_code(), missing.what.as_str()), (3, "alpha has no database nope"));
        assert_eq!(missing.next, "it has shop, stock");
        for asked in [None, Some("nope")] {
            let none = database(asked, &[], "alpha").expect_err("none");
            assert_eq!((none.kind, none.what.as_str()), (Kind::NotFound, "alpha has no database yet"));
        }
    }

    #[test]
    fn of_many_names_some_are_said() {
        let many: Vec<String> = (0..12).map(|at| format!("d{at}")).collect();
        assert_eq!(some(&many), "d0, d1, d2, d3, d4, d5, d6, d7, d8, d9 and 2 more");
    }
}
