//! `fietsctl user`: the lines, prompts and exit codes of Fietsboek 0.11.

use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use fietsboek::maintenance::barrier;
use fietsboek::model::user::{self, User};
use fietsboek::{db, model::UserId};
use rusqlite::Connection;

use super::site::Site;

fn open(site: &Site) -> Connection {
    db::open(&site.database()).unwrap()
}

fn find(site: &Site, email: &str) -> Option<User> {
    user::find_by_email(&open(site), email).unwrap()
}

fn count(site: &Site, sql: &str) -> i64 {
    open(site).query_row(sql, [], |row| row.get(0)).unwrap()
}

const ALL: &str = "[av] 1 - admin@example.org - Admin\n[-v] 2 - alice@example.org - Alice\n\
    [-v] 3 - bob@example.org - Bob\n[--] 4 - carol@example.org - Carol\n";

#[test]
fn the_list_of_an_instance_of_the_original_is_the_originals() {
    let site = Site::fixture();
    let before = site.snapshot();
    site.ctl(["user", "list"]).run().code(0).stdout(ALL).stderr("");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_new_instance_lists_nobody_and_its_first_user_has_the_id_1() {
    let site = Site::new();
    site.ctl(["user", "list"]).run().code(0).silent();
    site.ctl([
        "user",
        "add",
        "--admin",
        "--email",
        "a@b",
        "--name",
        "Änne",
        "--password",
        "secret",
    ])
    .run()
    .code(0)
    .stdout("1\n")
    .stderr("");
    site.ctl(["user", "list"]).run().code(0).stdout("[av] 1 - a@b - Änne\n");
    assert!(find(&site, "a@b").unwrap().password.accepts("secret").unwrap());
}

#[test]
fn what_is_not_given_is_asked_for() {
    let site = Site::new();
    site.ctl(["user", "add"])
        .stdin("\na@b\nAnna\none\ntwo\nthree\nthree\n")
        .run()
        .code(0)
        .stdout(
            "Email: \nEmail: \nName: \nPassword: \nRepeat for confirmation: \n\
             Error: The two entered values do not match.\nPassword: \nRepeat for confirmation: \n1\n",
        )
        .stderr("");
    let user = find(&site, "a@b").unwrap();
    assert!(user.password.accepts("three").unwrap());
    assert!(user.is_verified && !user.is_admin);
    assert_eq!((user.name.as_str(), user.session_secret.len()), ("Anna", 32));
}

#[test]
fn the_end_of_the_input_aborts_and_nothing_is_made() {
    let site = Site::new();
    for stdin in ["", "a@b\n", "a@b\nAnna\n", "a@b\nAnna\nsecret\n"] {
        site.ctl(["user", "add"])
            .stdin(stdin)
            .run()
            .code(1)
            .stderr("Aborted!\n");
    }
    let bob = Site::fixture();
    bob.ctl(["user", "passwd", "-i", "3"])
        .run()
        .code(1)
        .stderr("Aborted!\n");
    bob.ctl(["user", "del", "-i", "3"]).run().code(1).stderr("Aborted!\n");
    assert_eq!(count(&site, "SELECT count(*) FROM users"), 0);
    assert_eq!(count(&bob, "SELECT count(*) FROM users"), 4);
}

#[test]
fn the_password_may_stand_on_standard_input() {
    let site = Site::new();
    let add = ["user", "add", "--email", "a@b", "--name", "A", "--password-stdin"];
    site.ctl(add).stdin("pass word \r\nmore\n").run().code(0).stdout("1\n");
    assert!(find(&site, "a@b").unwrap().password.accepts("pass word ").unwrap());
    site.ctl(["user", "passwd", "-e", "A@B", "--password-stdin"])
        .stdin("no line end")
        .run()
        .code(0)
        .stdout("Changed password of A (a@b)\n");
    assert!(find(&site, "a@b").unwrap().password.accepts("no line end").unwrap());
    site.ctl(["user", "passwd", "-i", "1", "--password-stdin", "--password", "x"])
        .run()
        .code(2)
        .stdout("");
}

#[test]
fn an_empty_password_is_refused() {
    let site = Site::fixture();
    let before = site.snapshot();
    site.ctl(["user", "passwd", "-i", "2", "--password", ""])
        .run()
        .code(1)
        .complains("password is empty");
    site.ctl(["user", "passwd", "-i", "2", "--password-stdin"])
        .stdin("\n")
        .run()
        .code(1);
    assert_eq!(site.snapshot(), before);
}

#[test]
fn an_address_that_exists_in_any_capitalisation_is_refused() {
    let site = Site::fixture();
    site.ctl([
        "user",
        "add",
        "--email",
        "ALICE@example.org",
        "--name",
        "A",
        "--password",
        "x",
    ])
    .run()
    .code(1)
    .stdout("")
    .stderr("Error: The given email already exists!\n");
    assert_eq!(count(&site, "SELECT count(*) FROM users"), 4);
}

#[test]
fn what_is_no_address_is_refused() {
    let site = Site::fixture();
    let before = site.snapshot();
    for email in ["", "alice"] {
        site.ctl(["user", "add", "--email", email, "--name", "A", "--password", "x"])
            .run()
            .code(1)
            .stdout("")
            .complains("is no e-mail address");
        site.ctl(["user", "modify", "-i", "2", "--set-email", email])
            .run()
            .code(1)
            .complains("is no e-mail address");
    }
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_user_is_named_by_either_id_or_address() {
    let site = Site::fixture();
    for verb in ["del", "passwd", "modify"] {
        for selector in [
            &[][..],
            &["--id", "2", "--email", "bob@example.org"],
            &["--id", "two"],
            &["-i", ""],
        ] {
            let args = ["user", verb].into_iter().chain(selector.iter().copied());
            site.ctl(args).run().code(2).stdout("");
        }
    }
    for selector in [["--id", "99"], ["--id", "-1"], ["-e", "nobody@example.org"]] {
        let unknown = |rest: &[&'static str]| {
            let args = rest.iter().copied().chain(selector);
            site.ctl(args)
                .run()
                .code(1)
                .stdout("")
                .stderr("Error: No such user found.\n");
        };
        unknown(&["user", "del", "-f"]);
        unknown(&["user", "modify", "--admin"]);
        unknown(&["user", "passwd", "--password", "x"]);
    }
}

#[test]
fn deleting_asks_first_and_no_is_the_default() {
    let site = Site::fixture();
    let asked = "Bob\nbob@example.org\nReally delete this user? [y/N]: \n";
    let before = site.snapshot();
    for answer in ["\n", "n\n", "NO\n"] {
        site.ctl(["user", "del", "-e", "BOB@example.org"])
            .stdin(answer)
            .run()
            .code(1)
            .stdout(&format!("{asked}Aborted by user.\n"))
            .stderr("");
    }
    assert_eq!(site.snapshot(), before);
    site.ctl(["user", "del", "-i", "3"])
        .stdin("y\n")
        .run()
        .code(0)
        .stdout(&format!("{asked}User deleted\n"))
        .stderr("");
}

#[test]
fn a_deleted_user_leaves_neither_rows_nor_files() {
    let site = Site::fixture();
    std::fs::create_dir_all(site.data().join("users/3")).unwrap();
    site.ctl(["user", "del", "-i", "3", "-f"])
        .run()
        .code(0)
        .stdout("Bob\nbob@example.org\nUser deleted\n")
        .stderr("");
    assert_eq!(user::find(&open(&site), UserId(3)).unwrap().map(|user| user.id), None);
    for sql in [
        "SELECT count(*) FROM tracks WHERE owner_id = 3",
        "SELECT count(*) FROM track_cache WHERE track_id NOT IN (SELECT id FROM tracks)",
        "SELECT count(*) FROM friends_assoc WHERE 3 IN (user_1_id, user_2_id)",
        "SELECT count(*) FROM friend_requests WHERE sender_id IS NULL OR recipient_id IS NULL",
        "SELECT count(*) FROM comments WHERE author_id = 3",
    ] {
        assert_eq!(count(&site, sql), 0, "{sql}");
    }
    for gone in ["tracks/4", "tracks/5", "tracks/6", "users/3"] {
        assert!(!site.data().join(gone).exists(), "{gone}");
    }
    assert!(site.data().join("tracks/3/track.gpx.br").exists());
    assert_eq!(std::fs::read_dir(site.data().join("trash")).unwrap().count(), 0);
}

#[test]
fn a_new_password_is_accepted_and_the_old_one_is_not() {
    let site = Site::fixture();
    site.ctl(["user", "passwd", "-e", "alice@example.org"])
        .stdin("new one\nnew one\n")
        .run()
        .code(0)
        .stdout("Password: \nRepeat for confirmation: \nChanged password of Alice (alice@example.org)\n")
        .stderr("");
    let alice = find(&site, "alice@example.org").unwrap();
    assert!(alice.password.accepts("new one").unwrap());
    assert!(!alice.password.accepts("alice-password-1").unwrap());
}

#[test]
fn what_is_given_is_modified_and_the_rest_stays() {
    let site = Site::fixture();
    let line = |args: &[&'static str]| {
        site.ctl(["user", "modify"].into_iter().chain(args.iter().copied()))
            .run()
    };
    line(&["-i", "4"])
        .code(0)
        .stdout("Carol - carol@example.org\nIs admin: no\nIs verified: no\n")
        .stderr("");
    line(&["-e", "carol@example.org", "--admin", "--verified"])
        .code(0)
        .stdout("Carol - carol@example.org\nIs admin: yes\nIs verified: yes\n");
    line(&["-i", "4", "--no-admin", "--set-email", "c@example.org"])
        .code(0)
        .stdout("Carol - c@example.org\nIs admin: no\nIs verified: yes\n");
    line(&["-i", "4", "--no-verified", "--set-email", "C@example.org"])
        .code(0)
        .stdout("Carol - C@example.org\nIs admin: no\nIs verified: no\n");
}

#[test]
fn an_address_of_somebody_else_cannot_be_taken_over() {
    let site = Site::fixture();
    site.ctl(["user", "modify", "-i", "4", "--admin", "--set-email", "Bob@example.org"])
        .run()
        .code(1)
        .stdout("")
        .stderr("Error: E-Mail already exists\n");
    assert!(
        !find(&site, "carol@example.org").unwrap().is_admin,
        "half of it was done"
    );
}

#[test]
fn a_name_that_would_command_the_terminal_is_printed_without_effect() {
    let site = Site::fixture();
    open(&site)
        .execute(
            "UPDATE users SET name = char(27) || '[2Jx' || char(10) || 'y' WHERE id = 4",
            [],
        )
        .unwrap();
    site.ctl(["user", "list"])
        .run()
        .says("[--] 4 - carol@example.org -  [2Jx y\n");
}

#[test]
fn somebody_who_is_alone_with_the_data_is_waited_for() {
    let site = Site::fixture();
    let alone = barrier::hold_alone(&site.data(), Duration::ZERO).unwrap();
    let list = site.ctl(["user", "list"]).start();
    std::thread::sleep(Duration::from_millis(200));
    drop(alone);
    list.finish().code(0).stdout(ALL);

    let _alone = barrier::hold_alone(&site.data(), Duration::ZERO).unwrap();
    let began = Instant::now();
    site.ctl(["user", "list"])
        .run()
        .code(4)
        .stdout("")
        .complains("data directory");
    assert!(began.elapsed() >= Duration::from_secs(9));
}

#[test]
fn the_tools_go_on_working_in_maintenance_mode() {
    let site = Site::fixture();
    std::fs::write(site.flag(), "Back at noon").unwrap();
    site.ctl(["user", "list"]).run().code(0).stdout(ALL);
    site.ctl(["user", "add", "--email", "x@y", "--name", "X", "--password", "x"])
        .run()
        .code(0)
        .stdout("5\n");
}

#[test]
fn a_database_that_is_missing_or_broken_is_a_one_line_error_and_stays_so() {
    let site = Site::fixture();
    std::fs::write(site.database(), "a letter to my aunt ".repeat(100)).unwrap();
    let inode = std::fs::metadata(site.database()).unwrap().ino();
    let run = site.ctl(["user", "list"]).run();
    run.code(1).stdout("").complains("fietsboek.sqlite");
    assert_eq!(run.stderr.lines().count(), 1);
    assert_eq!(std::fs::metadata(site.database()).unwrap().ino(), inode);
    std::fs::remove_file(site.database()).unwrap();
    let run = site
        .ctl(["user", "add", "--email", "x@y", "--name", "X", "--password", "x"])
        .run();
    run.code(1).complains("fietsboek.sqlite");
    assert!(!site.database().exists());
}
