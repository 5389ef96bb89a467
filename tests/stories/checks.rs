//! `doltops check` on a real deployment, over its tunnel: a history of sixty commits with something wrong in one of them.

use crate::support::{
    orders::{self, Anomaly, Orders, Planted},
    sandbox::{Said, Sandbox},
    screen::Screen,
};
use doltops::checks::{
    figures::{Change, Class, Column, Table},
    judge::{Finding, Judge},
    rules::Rules,
};
use doltops::sql::Session;
use serde_json::Value;
use std::{fmt::Write as _, fs, io::Write as _, path::PathBuf, process::Stdio};

/// Commits of the history.
const COMMITS: usize = 60;

/// Where the emails are missing.
const BAD: usize = 45;

/// A deployment whose database `shop` has that history.
fn shop() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.daemon(&[]);
    sandbox.create("orders");
    let mut history = Orders::clean(7, 60.0);
    history.plant(Anomaly::Nulls, BAD, COMMITS);
    let mut sql = format!("create database shop; use shop; {}; call dolt_commit('-Am', 'table');\n", orders::create());
    for commit in 0..COMMITS {
        for statement in orders::statements(&history.next_commit()) {
            let _ = writeln!(sql, "{statement};");
        }
        let _ = writeln!(sql, "call dolt_commit('-Am', 'commit {commit}');");
    }
    assert_eq!(connect(&sandbox, &sql).code, 0);
    sandbox
}

/// SQL as a person pipes it.
fn connect(sandbox: &Sandbox, sql: &str) -> Said {
    let mut client = sandbox.program();
    client.args(["connect", "orders"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut client = client.spawn().expect("it starts");
    client.stdin.take().expect("piped").write_all(sql.as_bytes()).expect("written");
    let ended = client.wait_with_output().expect("it ends");
    Said {
        code: ended.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&ended.stdout).into_owned(),
        err: String::from_utf8_lossy(&ended.stderr).into_owned(),
    }
}

fn file(sandbox: &Sandbox, name: &str, text: &str) -> PathBuf {
    let path = sandbox.path().join(name);
    fs::write(&path, text).expect("written");
    path
}

fn check(sandbox: &Sandbox, more: &[&str]) -> (i32, Value) {
    let words = ["check", "orders", "--database", "shop", "-o", "json"].iter().chain(more);
    let said = sandbox.run(words);
    let json = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    (said.code, json)
}

/// The commit that left the emails out is named with its rows; what was read once is not read again; and a commit that
/// breaks a constraint does not come in any more.
#[test]
fn a_bad_commit_is_found_with_its_rows_and_the_next_is_refused() {
    let sandbox = shop();
    let rules = "[[constraint]]\nname = 'a quantity is positive'\nsql = 'select * from orders where quantity <= 0'\n";
    let rules = file(&sandbox, "checks.toml", rules).display().to_string();
    let xml = sandbox.path().join("junit.xml").display().to_string();

    let (code, found) = check(&sandbox, &["--rules", &rules, "--junit", &xml]);
    assert_eq!(code, 1, "{found:#}");
    let findings = found["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1, "{found:#}");
    let finding = &findings[0];
    assert_eq!((&finding["table"], &finding["column"]), (&"orders".into(), &"email".into()), "{finding:#}");
    assert_eq!((&finding["kind"], &finding["commit"]["message"]), (&"nulls".into(), &format!("commit {BAD}").into()));
    let rows = finding["rows"].as_array().expect("a list");
    assert_eq!(rows.len(), 5);
    let of = finding["rows_of"].as_u64().expect("a number");
    assert!(of > 5 && finding["rows_part"] == "each" && finding["rows_counted"] == true, "{finding:#}");
    for row in rows {
        let email = row["cells"].as_array().expect("cells").iter().find(|cell| cell["column"] == "email");
        assert_eq!((&row["change"], &email.expect("there")["after"]), (&"added".into(), &Value::Null));
    }
    assert_eq!(found["constraints"][0]["kept"], true);
    let junit = fs::read_to_string(&xml).expect("written");
    assert!(junit.contains("failures=\"1\"") && junit.contains("name=\"email\""), "{junit}");
    assert!(junit.contains(&format!("commit {BAD}")), "{junit}");

    // Once more: nothing is read, and the same is said.
    let (code, again) = check(&sandbox, &["--rules", &rules]);
    assert_eq!((code, &again["new_commits"], &again["rows_read"]), (1, &0.into(), &0.into()));
    assert_eq!(again["findings"], found["findings"]);
    // A CI job asks for what is new to it.
    let head = found["head"].as_str().expect("a hash");
    assert_eq!(check(&sandbox, &["--rules", &rules, "--since", head]).0, 0);
    // What is known and accepted fails nothing.
    let accepted = format!(
        "[[accept]]\ncommit = '{}'\nreason = 'a partner without addresses'\n",
        &finding["commit"]["hash"].as_str().expect("a hash")[..10]
    );
    let accepted = file(&sandbox, "accepted.toml", &accepted).display().to_string();
    let (code, known) = check(&sandbox, &["--rules", &accepted]);
    assert_eq!((code, &known["findings"][0]["accepted"]), (0, &"a partner without addresses".into()));
    assert_eq!(known["rows_read"], 0);

    // For people, with the row and the commit.
    let shown = sandbox.run(["check", "orders", "--database", "shop"]);
    assert_eq!(shown.code, 1);
    assert!(shown.out.contains("orders.email") && shown.out.contains("email=NULL"), "{}", shown.out);
    // Five are not taken for all: how many there are, and how one comes to them.
    let diff = finding["diff"].as_str().expect("SQL");
    assert!(shown.out.contains(&format!("5 of {of} rows that did it:")) && shown.out.contains(diff), "{}", shown.out);
    let all =
        connect(&sandbox, &format!("use shop; {}", diff.replace('*', "sum(diff_type = 'added' and to_email is null)")));
    assert!(all.out.contains(&of.to_string()), "{all:?}");

    let (_, installed) = check(&sandbox, &["--rules", &rules, "--install", "--enforce"]);
    // Only the commit that installed them is new.
    assert_eq!(installed["new_commits"], 1, "{installed:#}");
    let bad = "use shop; update orders set quantity = -1 where id = 7; call dolt_commit('-am', 'bad');";
    let refused = connect(&sandbox, bad);
    assert_ne!(refused.code, 0);
    assert!(refused.err.contains("a quantity is positive"), "{refused:?}");
    let good = "use shop; call dolt_reset('--hard'); update orders set quantity = 2 where id = 7; \
                call dolt_commit('-am', 'good');";
    assert_eq!(connect(&sandbox, good).code, 0);

    // Where it was not installed, a broken constraint names the commit that broke it.
    let broken = "[[constraint]]\nname = 'every order has an email'\nsql = 'select id from orders where email is null and \
                  id > 2000'\n";
    let broken = file(&sandbox, "broken.toml", broken).display().to_string();
    let (code, report) = check(&sandbox, &["--rules", &broken]);
    let constraint = &report["constraints"][0];
    assert_eq!((code, &constraint["kept"]), (1, &false.into()), "{report:#}");
    assert!(constraint["since"]["message"].as_str().expect("one").starts_with("commit "), "{constraint:#}");
}

/// In the console: the figure that was flagged, the commit that did it, and its rows; and what was counted is not counted
/// again.
#[test]
fn the_console_leads_from_a_figure_to_the_rows_that_did_it() {
    let sandbox = shop();
    let mut screen = Screen::open(&sandbox, 120, 40);
    screen.see(&["● healthy", "live"]);
    screen.press("gk");
    screen.see(&[
        "shop at",
        "✗ 1 finding",
        "orders.email",
        "null_share",
        "came",
        &format!("commit {BAD}"),
        "is NULL, usually",
    ]);
    screen.press("\r");
    screen.see(&["rows of orders", "✗ did it: ", "✗  added", "NULL"]);
    screen.press("\r");
    screen.see(&["one of those that did it", "customer-"]);
    // What follows Escape at once is read as one key with it.
    screen.press("\x1b");
    screen.see(&["Enter whole line"]);
    screen.press("\x1b");
    screen.see(&["orders.email", "null_share"]);
    screen.press("\x1b");
    screen.see(&["NAME", "HEALTH"]);
    screen.press("gk");
    screen.see(&["(0 new, 0 rows read)", "✗ 1 finding"]);
    screen.press("\x1b");
    screen.see(&["NAME", "HEALTH"]);
    // The control plane's own: nothing is wrong in it.
    screen.press("gK");
    screen.see(&["doltops at", "● nothing found", "every deployment has its record", "kept"]);
}

/// A name that is not there is said with those that are; the only database needs no name; and the rules of the state folder
/// are the ones that are meant.
#[test]
fn what_is_not_there_is_named_with_what_is() {
    let sandbox = shop();
    let only = sandbox.run(["check", "orders"]);
    assert!(only.code == 1 && only.out.contains("orders.email"), "{only:?}");
    assert!(only.err.contains("without rules") && only.err.contains("checks/rules/orders.shop.toml"), "{only:?}");

    let refused = |words: &str, code: i32, what: &str, next: &str| {
        let refused = sandbox.run(words.split(' ').chain(["-o", "json"])).refusal(code);
        let said = |key: &str| refused[key].as_str().unwrap_or_default().to_owned();
        assert!(said("message").contains(what) && said("next").contains(next), "{refused:#}");
    };
    refused("check orders --database nope", 3, "orders has no database nope", "it has shop");
    refused("check nope", 3, "nope", "doltops list");
    refused("check orders --along nope", 3, "shop has no branch nope", "main");
    assert_eq!(connect(&sandbox, "create database stock").code, 0);
    refused("check orders", 2, "orders has 2 databases", "shop, stock");

    let folder = sandbox.path().join("state/checks/rules");
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join("orders.shop.toml"), "window = 100\nthreshold = 1\n").expect("written");
    refused("check orders --database shop", 2, "orders.shop.toml, line 2", "");
    // What is named goes before what is kept, whatever that is.
    let rules = file(&sandbox, "none.toml", "[[table]]\nname = 'orders'\ncolumns = ['amount']\n");
    let named = sandbox.run(["check", "orders", "--database", "shop", "--rules", &rules.display().to_string()]);
    assert!(named.code == 0 && !named.out.contains("email"), "{named:?}");
    let text = "[[constraint]]\nname = 'nobody is a customer'\nsql = 'select id from orders'\n";
    fs::write(folder.join("orders.shop.toml"), text).expect("written");
    let kept = sandbox.run(["check", "orders", "--database", "shop"]);
    assert!(kept.out.contains("nobody is a customer") && kept.err.contains("by the rules of"), "{kept:?}");
}

#[test]
fn rules_that_do_not_hold_are_refused_before_anything_is_reached() {
    let sandbox = Sandbox::new();
    let wrong = file(&sandbox, "wrong.toml", "[[table]]\nname = 'orders'\nclumns = ['a']\n").display().to_string();
    let said = sandbox.run(["check", "orders", "--database", "shop", "--rules", &wrong, "-o", "json"]);
    let refused = said.refusal(2);
    assert_eq!(refused["field"], "clumns", "{refused:#}");
    assert!(refused["message"].as_str().is_some_and(|what| what.contains("line 3")), "{refused:#}");
    let said = sandbox.run(["check", "--server", "mysql://root:hush@127.0.0.1/shop", "-o", "json"]);
    assert_eq!(said.refusal(2)["field"], "server");
    assert!(!said.err.contains("hush"));
}

/// The control plane's own history is checked by those who may see all of it; what it is read with can read nothing else.
#[test]
fn the_control_planes_own_history_is_checked_by_admins_alone() {
    let mut sandbox = Sandbox::new();
    let url = sandbox.listening_daemon();
    sandbox.create("orders");
    let change = |words: &str| assert_eq!(sandbox.ask(words).code, 0, "{words}");
    change("set orders max_connections=200 --wait");
    let well = sandbox.ask("check").json();
    assert_eq!((&well["source"], &well["database"]), (&"control plane".into(), &"doltops".into()), "{well:#}");
    assert!(well["constraints"].as_array().is_some_and(|all| all.len() >= 9), "{well:#}");
    assert!(well["well"] == true && well["commits"].as_u64() > Some(4), "{well:#}");
    let tables: Vec<&str> =
        well["tables"].as_array().expect("some").iter().filter_map(|it| it["name"].as_str()).collect();
    assert!(tables.contains(&"deployments") && !tables.iter().any(|name| name.starts_with("live_")), "{tables:?}");
    assert_eq!(sandbox.ask("check").json()["new_commits"], 0, "what was counted is kept");

    // With rules of one's own: a commit that did what they forbid is named.
    let text = "[[constraint]]\nname = 'nobody changes settings'\nsql = 'select * from settings'\n";
    let rules = file(&sandbox, "mine.toml", text).display().to_string();
    let found = sandbox.ask(&format!("check --rules {rules}"));
    let found: Value = serde_json::from_str(&found.out).expect("JSON");
    let since = &found["constraints"][0]["since"];
    assert!(since["message"].as_str().is_some_and(|message| message.contains("max_connections")), "{found:#}");
    // Neither the server's own tables nor a change is within reach.
    for (sql, said) in [("select * from mysql.user", "denied"), ("select 1 from live_guards into outfile '/x'", "one")]
    {
        let rules = format!("[[constraint]]\nname = 'out of reach'\nsql = \"{sql}\"\n");
        let rules = file(&sandbox, "reach.toml", &rules).display().to_string();
        let said_all = sandbox.ask(&format!("check --rules {rules}"));
        assert!(said_all.code != 0 && format!("{said_all:?}").contains(said), "{sql}: {said_all:?}");
    }
    sandbox.ask("check --database doltops").refusal(2);
    sandbox.ask(&format!("check --rules {rules} --install")).refusal(2);

    for role in ["viewer", "operator"] {
        let identity = sandbox.path().join(format!("{role}.pem"));
        sandbox.ask(&format!("client-certificate {role} --role {role} --file {}", identity.display())).json();
        let refused = sandbox.ask(&format!("--connect {url} --identity {} check", identity.display())).refusal(4);
        assert!(refused["message"].as_str().is_some_and(|what| what.contains("needs admin")), "{refused:#}");
    }
    let identity = sandbox.path().join("admin.pem");
    sandbox.ask(&format!("client-certificate ada --role admin --file {}", identity.display())).json();
    let far = sandbox.ask(&format!("--connect {url} --identity {} check", identity.display()));
    assert_eq!(far.code, 0, "{far:?}");
}

/// The account and the tunnel are two calls: neither is there for a lower role, whatever the other gave.
#[tokio::test(flavor = "multi_thread")]
async fn the_account_reads_the_database_and_nothing_else() {
    let mut sandbox = Sandbox::new();
    sandbox.daemon(&[]);
    let mut session = Session::open(sandbox.client(), "", false).await.expect("opened");
    assert!(session.read_only() && session.database() == "doltops");
    session.run("select count(*) from doltops.operations", 1).await.expect("it may read");
    for refused in [
        "select user from mysql.user",
        "delete from doltops.deployments",
        "use doltops; call dolt_commit('--allow-empty', '-m', 'mine')",
        "use doltops; call dolt_reset('--hard', 'HEAD~1')",
        "create database mine",
        "create user mine",
    ] {
        session.run(refused, 1).await.expect_err(refused);
    }
}

/// What is planted into a history that no threshold was set on is found, and an ordinary one is left alone. The figures over
/// many of them are the benchmark's.
#[test]
fn what_is_planted_is_found_and_an_ordinary_history_is_quiet() {
    const LONG: usize = 400;
    let mut history = Orders::with_anomalies(201, 60.0, LONG);
    history.import(500);
    let findings = judged(&mut history, LONG);
    let about = |planted: &Planted, finding: &Finding| {
        planted.is_about(finding.commit, finding.seen, finding.column.as_deref())
    };
    let missed: Vec<Anomaly> = Anomaly::ALL
        .into_iter()
        .filter(|anomaly| {
            let mut planted = history.planted.iter().filter(|planted| planted.anomaly == *anomaly);
            !planted.any(|planted| findings.iter().any(|finding| about(planted, finding)))
        })
        .collect();
    assert!(missed.len() <= 1, "{missed:?}");
    let wrong = findings.iter().filter(|finding| !history.planted.iter().any(|planted| about(planted, finding)));
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&Finding>::new());
    assert_eq!(judged(&mut Orders::clean(202, 60.0), LONG), []);
}

/// In a table whose commits bring ten rows, what `docs/checks.md` says of a commit whose rows have no value: ten are hardly
/// ever told from chance, since they are judged together with others; twenty always.
#[test]
fn in_small_commits_twenty_without_a_value_are_found() {
    const BEFORE: usize = 200;
    // Not 1 to 10: the thresholds were set on those.
    let found = |nulls: usize| {
        let seeds = 301..=320;
        let is_found = |seed: &u64| {
            let mut history = Orders::clean(*seed, 10.0);
            let mut follow = Follow::new(&mut history);
            (0..BEFORE).for_each(|_| follow.commit(Orders::next_commit));
            follow.commit(|history| history.import_without_emails(nulls));
            // What is too little to be judged alone is judged with what follows.
            (0..5).for_each(|_| follow.commit(Orders::next_commit));
            let about = |finding: &Finding| (finding.commit..=finding.seen).contains(&BEFORE);
            follow.judge.findings().iter().any(|it| about(it) && it.column.as_deref() == Some("email"))
        };
        seeds.filter(is_found).count()
    };
    assert_eq!([10, 15, 20].map(found), [1, 13, 20], "of 20 histories");
}

fn judged(history: &mut Orders, commits: usize) -> Vec<Finding> {
    let mut follow = Follow::new(history);
    (0..commits).for_each(|_| follow.commit(Orders::next_commit));
    assert_eq!(follow.table.rows(), follow.history.rows().len() as u64);
    follow.judge.findings().to_vec()
}

/// A history that is judged commit by commit.
struct Follow<'h> {
    history: &'h mut Orders,
    table: Table,
    columns: Vec<Column>,
    judge: Judge,
    commits: usize,
}

impl<'h> Follow<'h> {
    fn new(history: &'h mut Orders) -> Self {
        let column = |(name, kind): &(&str, &str)| Column {
            name: (*name).to_owned(),
            class: Class::of(kind.split('(').next().unwrap_or_default()),
            watched: true,
            repeats: true,
        };
        let columns: Vec<Column> = orders::COLUMNS.iter().map(column).collect();
        let mut table = Table::new(columns.clone());
        history.rows().values().for_each(|row| table.put(row));
        Self { history, table, columns, judge: Judge::new(Rules::default().settings("orders")), commits: 0 }
    }

    fn commit(&mut self, edits: impl Fn(&mut Orders) -> Vec<orders::Edit>) {
        let mut commit = self.table.commit(self.commits);
        for edit in edits(self.history) {
            commit.change(&Change { before: edit.before, after: edit.after });
        }
        self.judge.see(&commit.end(), &self.columns);
        self.commits += 1;
    }
}
