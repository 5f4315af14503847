//! Entering, leaving, pooling and watching, on instances of the tests' own.

use super::*;
use crate::maintenance::switch;
use crate::scratch::Scratch;
use std::fs;

const SOON: Duration = Duration::from_secs(1);

fn instance(dir: &Scratch) -> Arc<Instance> {
    let data = dir.join("data");
    make_data(&data);
    make_database(&dir.join("db.sqlite"));
    let ini = "[app:main]\nsqlalchemy.url = sqlite:///%(here)s/db.sqlite\nredis.url = redis://x\n\
        fietsboek.data_dir = %(here)s/data\nsession_key = k\nemail.from = a@b.c\nemail.smtp_url = debug://x\n";
    fs::write(dir.join("f.ini"), ini).unwrap();
    Arc::new(Instance::new(Config::read(&dir.join("f.ini")).unwrap()))
}

fn make_data(path: &Path) {
    fs::create_dir(path).unwrap();
    fs::write(path.join("VERSION"), crate::schema::VERSION).unwrap();
}

fn make_database(path: &Path) {
    crate::schema::create(&Connection::open(path).unwrap()).unwrap();
}

fn use_database(instance: &Instance) {
    let mut entry = instance.enter().unwrap();
    entry.open_db(|_| Ok(())).unwrap();
}

fn alone(instance: &Instance, wait: Duration) -> Result<Pass> {
    barrier::hold_alone(instance.dir.path(), wait)
}

#[test]
fn a_pooled_connection_keeps_the_lock_until_the_watcher_sees_the_flag() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    use_database(&instance);
    assert!(alone(&instance, Duration::ZERO).is_err());
    instance.watch().unwrap();
    switch::enable(&instance.dir, "").unwrap();
    alone(&instance, SOON).unwrap();
}

#[test]
fn nothing_is_pooled_once_the_flag_is_on() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    let mut entry = instance.enter().unwrap();
    entry.open_db(|_| Ok(())).unwrap();
    switch::enable(&instance.dir, "").unwrap();
    assert!(alone(&instance, Duration::ZERO).is_err());
    drop(entry);
    alone(&instance, Duration::ZERO).unwrap();
}

#[test]
fn while_the_flag_is_on_nobody_enters_and_the_reason_is_told() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    use_database(&instance);
    switch::enable(&instance.dir, "Back at noon").unwrap();
    assert_eq!(instance.enter().err().unwrap().reason, "Back at noon");
    assert_eq!(instance.look().unwrap().reason, "Back at noon");
}

#[test]
fn a_database_in_which_something_cannot_be_completed_is_tried_again_by_the_next() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    let busy = |_: &Connection| Err(Error::Busy("locked".to_owned()));
    assert!(instance.enter().unwrap().open_db(busy).is_err());
    let mut asked = 0;
    for _ in 0..2 {
        let mut entry = instance.enter().unwrap();
        let count = |_: &Connection| {
            asked += 1;
            Ok(())
        };
        entry.open_db(count).unwrap();
    }
    assert_eq!(asked, 1);
}

#[test]
fn a_replaced_database_is_seen_by_the_next_request() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    use_database(&instance);
    make_database(&dir.join("new.sqlite"));
    Connection::open(dir.join("new.sqlite"))
        .unwrap()
        .execute("INSERT INTO badges (title) VALUES ('new')", [])
        .unwrap();
    fs::rename(dir.join("new.sqlite"), dir.join("db.sqlite")).unwrap();
    let mut entry = instance.enter().unwrap();
    entry.open_db(|_| Ok(())).unwrap();
    let title: String = entry
        .db()
        .unwrap()
        .query_row("SELECT title FROM badges", [], |row| row.get(0))
        .unwrap();
    assert_eq!(title, "new");
}

#[test]
fn a_replaced_data_directory_is_entered_anew() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    use_database(&instance);
    fs::rename(dir.join("data"), dir.join("old")).unwrap();
    make_data(&dir.join("data"));
    use_database(&instance);
    alone(&instance, Duration::ZERO).unwrap_err();
}

#[test]
fn an_empty_directory_in_the_place_is_not_entered() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    use_database(&instance);
    fs::rename(dir.join("data"), dir.join("unmounted")).unwrap();
    fs::create_dir(dir.join("data")).unwrap();
    assert!(instance.enter().is_err());
}

#[test]
fn what_was_moved_away_is_let_go_without_a_request() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    use_database(&instance);
    instance.keep_watch(None, 0);
    assert!(
        alone(&instance, Duration::ZERO).is_err(),
        "it is kept while it stands there"
    );
    fs::rename(dir.join("data"), dir.join("old")).unwrap();
    make_data(&dir.join("data"));
    instance.keep_watch(None, 0);
    barrier::hold_alone(&dir.join("old"), Duration::ZERO).unwrap();
    use_database(&instance);
    fs::rename(dir.join("db.sqlite"), dir.join("old.sqlite")).unwrap();
    instance.keep_watch(None, 0);
    alone(&instance, Duration::ZERO).unwrap();
}

#[test]
fn a_database_migrated_under_a_pooled_connection_is_outdated() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    use_database(&instance);
    Connection::open(dir.join("db.sqlite"))
        .unwrap()
        .execute("UPDATE alembic_version SET version_num = 'x'", [])
        .unwrap();
    assert!(matches!(
        instance.enter().unwrap().open_db(|_| Ok(())),
        Err(Error::Outdated(_))
    ));
}

#[test]
fn work_that_goes_on_for_too_long_is_cut() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    let mut entry = instance.enter().unwrap();
    entry.open_db(|_| Ok(())).unwrap();
    let long_ago = Instant::now().checked_sub(GRACE).unwrap();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    std::thread::scope(|scope| {
        let db = entry.db().unwrap();
        scope.spawn(|| {
            while !locked(&instance.at_work).is_empty() {
                instance.keep_watch(Some(long_ago), 1);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let ended = db.query_row(endless, [], |row| row.get::<_, i64>(0));
        assert!(matches!(db::failed("count", ended.unwrap_err()), Error::Unavailable(_)));
        // A statement is interrupted only while it runs: the next one is not begun.
        assert!(matches!(entry.db(), Err(Error::Unavailable(_))));
        drop(entry);
    });
}

#[test]
fn a_tool_holds_the_lock_and_a_missing_database_is_an_error() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    switch::enable(&instance.dir, "").unwrap();
    let held = Held::open(&instance.config).unwrap();
    assert!(alone(&instance, Duration::ZERO).is_err());
    drop(held);
    fs::remove_file(dir.join("db.sqlite")).unwrap();
    assert!(matches!(Held::open(&instance.config), Err(Error::Unavailable(_))));
}

#[test]
fn a_transaction_that_was_left_open_is_not_for_the_next_one() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    let mut entry = instance.enter().unwrap();
    entry.open_db(|_| Ok(())).unwrap();
    entry.db().unwrap().execute_batch("BEGIN IMMEDIATE").unwrap();
    drop(entry);
    assert!(locked(&instance.pool).is_empty());
    alone(&instance, Duration::ZERO).unwrap();
}

#[test]
fn who_comes_when_the_mode_is_off_again_is_not_cut() {
    let dir = Scratch::new();
    let instance = instance(&dir);
    let mut before = instance.enter().unwrap();
    before.open_db(|_| Ok(())).unwrap();
    let entered = instance.next_entry.load(Ordering::Relaxed);
    let mut after = instance.enter().unwrap();
    after.open_db(|_| Ok(())).unwrap();
    // The watcher has not noticed yet that the mode is off.
    instance.keep_watch(Instant::now().checked_sub(GRACE), entered);
    assert!(before.db().is_err() && after.db().is_ok());
}
