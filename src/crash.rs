//! Points at which a test has the process killed, to see what is left on disk and in the database.
//!
//! Test-only: in a release build [`point`] is empty and nothing looks at the environment. In a debug build the
//! variable `FIETSBOEK_CRASH_AT` names the point at which the process gets a SIGKILL, as from outside: nothing
//! is unwound, nothing is flushed. The points are a closed list, so that a test can go through all of them.

/// A step of an operation that changes both the disk and the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// A new track: the first of its files is written.
    CreateHalfStaged,
    /// A new track: its files are whole, beside their place.
    CreateStaged,
    /// A new track: its files stand in their place, its row is not committed.
    CreatePlaced,
    /// A new track: its row is committed.
    CreateCommitted,
    /// A new track: its directory is not marked any more.
    CreateSettled,
    /// An edit: the first of its files is written.
    EditHalfStaged,
    /// An edit: its files are whole, beside their place.
    EditStaged,
    /// An edit: its rows are written and not committed.
    EditWritten,
    /// An edit: its rows are committed, its files wait beside their place.
    EditCommitted,
    /// An edit: the files stand in their place, that they do is not committed.
    EditExchanged,
    /// An edit: all is committed, the old files are not deleted.
    EditSettled,
    /// A deletion: the rows are gone and it is not committed.
    DeleteWritten,
    /// A deletion: the directory is marked, and it is not committed.
    DeleteMarked,
    /// A deletion: it is committed, the files stand where they were.
    DeleteCommitted,
    /// A deletion: the files are in the trash.
    DeleteMoved,
    /// An update: the backup has the database and nothing else.
    UpdateHalfBackedUp,
    /// An update: the backup is whole.
    UpdateBackedUp,
    /// An update: the first of the tracks' new files is written.
    UpdateHalfStaged,
    /// An update: the copy of the database is migrated.
    UpdateMigrated,
    /// An update: everything is checked and durable beside its place.
    UpdateStaged,
    /// An update: the note is written that it is decided.
    UpdateDecided,
    /// An update: the first of the tracks' files is in its place, or gone.
    UpdateHalfPlaced,
    /// An update: the new database is in its place.
    UpdateSwapped,
    /// An update: VERSION is written.
    UpdateStamped,
    /// An update: the note is gone, old backups are not.
    UpdateSettled,
    /// A backup: it is written, beside its place and without its name.
    BackupWritten,
    /// A restore: the first of its files is written, beside its place.
    RestoreHalfStaged,
    /// A restore: everything is checked and durable beside its place.
    RestoreStaged,
    /// A restore over an instance: the note is written that it is decided.
    RestoreDecided,
    /// A restore over an instance: the old database is moved aside.
    RestoreCleared,
    /// A restore over an instance: the first of the old directories is moved aside, nothing stands in its place.
    RestoreHalfPlaced,
    /// A restore over an instance: the new files are in their place, the database is not.
    RestorePlaced,
    /// A restore over an instance: the new database is in its place.
    RestoreSwapped,
    /// A restore over an instance: the note is gone.
    RestoreSettled,
    /// A map: it is drawn, beside its place, and not durable.
    MapFilled,
    /// A map: it is in its place.
    MapPlaced,
}

impl Point {
    /// Every point.
    pub const ALL: [Point; 36] = [
        Point::CreateHalfStaged,
        Point::CreateStaged,
        Point::CreatePlaced,
        Point::CreateCommitted,
        Point::CreateSettled,
        Point::EditHalfStaged,
        Point::EditStaged,
        Point::EditWritten,
        Point::EditCommitted,
        Point::EditExchanged,
        Point::EditSettled,
        Point::DeleteWritten,
        Point::DeleteMarked,
        Point::DeleteCommitted,
        Point::DeleteMoved,
        Point::UpdateHalfBackedUp,
        Point::UpdateBackedUp,
        Point::UpdateHalfStaged,
        Point::UpdateMigrated,
        Point::UpdateStaged,
        Point::UpdateDecided,
        Point::UpdateHalfPlaced,
        Point::UpdateSwapped,
        Point::UpdateStamped,
        Point::UpdateSettled,
        Point::BackupWritten,
        Point::RestoreHalfStaged,
        Point::RestoreStaged,
        Point::RestoreDecided,
        Point::RestoreCleared,
        Point::RestoreHalfPlaced,
        Point::RestorePlaced,
        Point::RestoreSwapped,
        Point::RestoreSettled,
        Point::MapFilled,
        Point::MapPlaced,
    ];

    /// The name by which the variable names it.
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}

/// The variable that names the point.
pub const VARIABLE: &str = "FIETSBOEK_CRASH_AT";

/// Kills the process if the environment says so.
#[cfg(debug_assertions)]
pub fn point(point: Point) {
    if std::env::var_os(VARIABLE).is_some_and(|name| name == *point.name()) {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Nothing: this is a release build.
#[cfg(not(debug_assertions))]
pub fn point(_: Point) {}
