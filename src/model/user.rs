//! Users: the accounts, and the identity that a session carries.
//!
//! The fixed point is what Fietsboek 0.11 stores and sends: addresses as typed, found in any
//! capitalisation; scrypt hashes; an identity that changes with address, password and session secret.

use rusqlite::{Connection, Row, named_params};

use super::removal::Removal;
use super::{TrackId, UserId, column, query, track, trash};
use crate::datadir::DataDir;
use crate::error::Result;
use crate::secret::{self, PasswordHash};

/// An account.
#[derive(Clone)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The name that others see; may be empty.
    pub name: String,
    /// The address as it was typed; empty when there is none.
    pub email: String,
    /// The password.
    pub password: PasswordHash,
    /// May do everything.
    pub is_admin: bool,
    /// May log in.
    pub is_verified: bool,
    /// Random bytes; new ones end all sessions.
    pub session_secret: Vec<u8>,
}

/// What a new account is made of.
pub struct NewUser<'a> {
    /// The name that others see.
    pub name: &'a str,
    /// The address; whether it is taken was asked before ([`email_taken`]).
    pub email: &'a str,
    /// The password.
    pub password: &'a PasswordHash,
    /// May do everything.
    pub is_admin: bool,
    /// May log in.
    pub is_verified: bool,
}

impl User {
    /// What a session or a remember-me cookie carries: `<id>-<fingerprint>`. Another address, password
    /// or session secret makes another fingerprint.
    pub fn identity(&self) -> String {
        let fingerprint = secret::fingerprint(&[self.email.as_bytes(), &self.password.key, &self.session_secret]);
        format!("{}-{fingerprint}", self.id)
    }
}

const SELECT: &str = "SELECT id, name, email, password, salt, is_admin, is_verified, session_secret FROM users";

fn read(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get("id")?,
        name: column::text(row, "name")?.unwrap_or_default(),
        email: column::text(row, "email")?.unwrap_or_default(),
        password: PasswordHash {
            key: column::blob(row, "password")?,
            salt: column::blob(row, "salt")?,
        },
        is_admin: column::flag(row, "is_admin")?,
        is_verified: column::flag(row, "is_verified")?,
        session_secret: column::blob(row, "session_secret")?,
    })
}

/// The user with an id.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, id: UserId) -> Result<Option<User>> {
    let sql = format!("{SELECT} WHERE id = ?1");
    query::find(db, "read a user", &sql, [id], read)
}

/// The user with an address in any (ASCII) capitalisation; of several the one typed exactly so.
///
/// # Errors
/// What the database says.
pub fn find_by_email(db: &Connection, email: &str) -> Result<Option<User>> {
    let sql = format!("{SELECT} WHERE lower(email) = lower(?1) ORDER BY email <> ?1, id LIMIT 1");
    query::find(db, "look for a user by address", &sql, [email], read)
}

/// The user whose [`User::identity`] a text is.
///
/// # Errors
/// What the database says.
pub fn find_by_identity(db: &Connection, text: &str) -> Result<Option<User>> {
    let Some((id, _)) = text.split_once('-') else {
        return Ok(None);
    };
    let Ok(id) = id.parse() else {
        return Ok(None);
    };
    Ok(find(db, id)?.filter(|user| secret::same(user.identity().as_bytes(), text.as_bytes())))
}

/// All users by id.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection) -> Result<Vec<User>> {
    let sql = format!("{SELECT} ORDER BY id");
    query::list(db, "list the users", &sql, [], read)
}

/// Whether an account other than `except` has the address, in any (ASCII) capitalisation.
///
/// # Errors
/// What the database says.
pub fn email_taken(db: &Connection, email: &str, except: Option<UserId>) -> Result<bool> {
    let sql = "SELECT 1 FROM users WHERE lower(email) = lower(?1) AND id IS NOT ?2 LIMIT 1";
    Ok(query::find(db, "look for an address", sql, (email, except), |_| Ok(()))?.is_some())
}

/// Makes an account with a new session secret. The caller holds the transaction in which it asked
/// [`email_taken`]. Overlay maps that a deleted account of the same id left on disk are moved aside
/// first, so that nobody sees another's; a crash after that leaves them in `stale/`.
///
/// # Errors
/// What the database says (an address typed exactly like another's violates a constraint), or why the
/// stale directory cannot be moved.
pub fn insert(db: &Connection, dir: &DataDir, new: &NewUser<'_>) -> Result<UserId> {
    query::run(
        db,
        "add a user",
        "INSERT INTO users (name, password, salt, email, is_admin, is_verified, session_secret)
         VALUES (:name, :password, :salt, :email, :is_admin, :is_verified, :session_secret)",
        named_params! {
            ":name": new.name,
            ":password": new.password.key,
            ":salt": new.password.salt,
            ":email": new.email,
            ":is_admin": new.is_admin,
            ":is_verified": new.is_verified,
            ":session_secret": secret::random::<32>()?,
        },
    )?;
    let id = UserId(db.last_insert_rowid());
    trash::set_aside(dir, &dir.user(id.0))?;
    Ok(id)
}

/// Sets a password; all sessions end with it.
///
/// # Errors
/// What the database says.
pub fn set_password(db: &Connection, id: UserId, password: &PasswordHash) -> Result<()> {
    let sql = "UPDATE users SET password = ?2, salt = ?3 WHERE id = ?1";
    query::run(db, "set a password", sql, (id, &password.key, &password.salt)).map(drop)
}

/// Sets the name that others see.
///
/// # Errors
/// What the database says.
pub fn set_name(db: &Connection, id: UserId, name: &str) -> Result<()> {
    query::run(db, "set a name", "UPDATE users SET name = ?2 WHERE id = ?1", (id, name)).map(drop)
}

/// Draws a new session secret: every session and every remembered device is logged out.
///
/// # Errors
/// What the database says.
pub fn end_sessions(db: &Connection, id: UserId) -> Result<()> {
    let sql = "UPDATE users SET session_secret = ?2 WHERE id = ?1";
    query::run(db, "end a user's sessions", sql, (id, secret::random::<32>()?)).map(drop)
}

/// Sets an address; the caller holds the transaction in which it asked [`email_taken`].
///
/// # Errors
/// What the database says.
pub fn set_email(db: &Connection, id: UserId, email: &str) -> Result<()> {
    let sql = "UPDATE users SET email = ?2 WHERE id = ?1";
    query::run(db, "set an address", sql, (id, email)).map(drop)
}

/// Whether there is no other administrator who can log in.
///
/// # Errors
/// What the database says.
pub fn is_last_admin(db: &Connection, user: &User) -> Result<bool> {
    let sql = "SELECT 1 FROM users WHERE is_admin AND is_verified AND id <> ?1";
    let other = query::find(db, "look for an administrator", sql, [user.id], |_| Ok(()))?;
    Ok(user.is_admin && other.is_none())
}

/// Makes a user an administrator, or no longer.
///
/// # Errors
/// What the database says.
pub fn set_admin(db: &Connection, id: UserId, is_admin: bool) -> Result<()> {
    let sql = "UPDATE users SET is_admin = ?2 WHERE id = ?1";
    query::run(db, "set who is an administrator", sql, (id, is_admin)).map(drop)
}

/// Marks a user's address as verified, or no longer.
///
/// # Errors
/// What the database says.
pub fn set_verified(db: &Connection, id: UserId, is_verified: bool) -> Result<()> {
    let sql = "UPDATE users SET is_verified = ?2 WHERE id = ?1";
    query::run(db, "set who is verified", sql, (id, is_verified)).map(drop)
}

/// What goes with a user besides the tracks.
const BELONGINGS: [&str; 7] = [
    "DELETE FROM uploads WHERE owner_id = ?1",
    "DELETE FROM tokens WHERE user_id = ?1",
    "DELETE FROM comments WHERE author_id = ?1",
    "DELETE FROM friends_assoc WHERE user_1_id = ?1 OR user_2_id = ?1",
    "DELETE FROM friend_requests WHERE sender_id = ?1 OR recipient_id = ?1",
    "DELETE FROM track_people_assoc WHERE user_id = ?1",
    "DELETE FROM track_favourite_assoc WHERE user_id = ?1",
];

/// Deletes a user with everything that belongs to them: tracks, uploads, tokens, own comments,
/// friendships, friend requests in both directions, tags in others' tracks, favourites. The caller
/// holds the transaction, commits it, with [`Removal::mark`] just before, and then calls `files` on that, which removes
/// the tracks' directories and `users/<id>`. A crash before the commit leaves everything as it was; after it, stray files.
///
/// # Errors
/// What the database says.
pub fn delete(db: &Connection, id: UserId) -> Result<Removal> {
    let own = "SELECT id FROM tracks WHERE owner_id = ?1 ORDER BY id";
    let own: Vec<TrackId> = query::list(db, "list a user's tracks", own, [id], |row| row.get(0))?;
    let mut removal = Removal {
        tracks: Vec::new(),
        users: vec![id],
    };
    for track in own {
        removal.tracks.extend(track::delete(db, track)?.tracks);
    }
    for sql in BELONGINGS {
        query::run(db, "delete what belongs to a user", sql, [id])?;
    }
    query::run(db, "delete a user", "DELETE FROM users WHERE id = ?1", [id])?;
    Ok(removal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ADMIN, ALICE, BOB, CAROL};

    fn get(db: &Connection, id: UserId) -> User {
        find(db, id).unwrap().unwrap()
    }

    fn zoe(password: &PasswordHash) -> NewUser<'_> {
        NewUser {
            name: "Zoë",
            email: "Zoe@example.org",
            password,
            is_admin: false,
            is_verified: true,
        }
    }

    #[test]
    fn the_passwords_of_the_instance_are_accepted() {
        let site = fixture::site();
        for (email, password) in [
            ("alice@example.org", "alice-password-1"),
            ("bob@example.org", "bob-password-1"),
        ] {
            let user = find_by_email(&site.db, email).unwrap().unwrap();
            assert!(user.password.accepts(password).unwrap(), "{email}");
            assert!(!user.password.accepts("alice-password-2").unwrap(), "{email}");
        }
    }

    #[test]
    fn the_users_of_the_instance_are_listed() {
        let site = fixture::site();
        let all = list(&site.db).unwrap();
        let flags: Vec<_> = all
            .iter()
            .map(|u| (u.name.as_str(), u.is_admin, u.is_verified))
            .collect();
        let expected = [
            ("Admin", true, true),
            ("Alice", false, true),
            ("Bob", false, true),
            ("Carol", false, false),
        ];
        assert_eq!(flags, expected);
        assert_eq!(find(&site.db, UserId(99)).map(|user| user.is_some()), Ok(false));
    }

    #[test]
    fn an_address_is_found_in_any_capitalisation_and_exactly_first() {
        let site = fixture::site();
        let id_of = |email: &str| find_by_email(&site.db, email).unwrap().map(|user| user.id);
        assert_eq!(id_of("ALICE@Example.org"), Some(ALICE));
        assert_eq!(id_of("alice"), None);
        site.db
            .execute(
                "INSERT INTO users (name, email) VALUES ('Other', 'Alice@example.org')",
                [],
            )
            .unwrap();
        let other = UserId(site.db.last_insert_rowid());
        assert_eq!(id_of("Alice@example.org"), Some(other));
        assert_eq!(id_of("alice@example.org"), Some(ALICE));
        assert_eq!(id_of("ALICE@example.org"), Some(ALICE));
    }

    #[test]
    fn ones_own_address_is_not_taken() {
        let site = fixture::site();
        assert!(email_taken(&site.db, "BOB@example.org", None).unwrap());
        assert!(email_taken(&site.db, "BOB@example.org", Some(ALICE)).unwrap());
        assert!(!email_taken(&site.db, "BOB@example.org", Some(BOB)).unwrap());
        assert!(!email_taken(&site.db, "new@example.org", None).unwrap());
    }

    #[test]
    fn an_identity_is_void_after_each_change_that_ends_sessions() {
        let site = fixture::site();
        let alice = get(&site.db, ALICE);
        let identity = alice.identity();
        let known = |text: &str| find_by_identity(&site.db, text).unwrap().map(|user| user.id);
        assert_eq!(identity, "2-644e4569388a0df8d54b", "as SHAKE-128 elsewhere has it");
        assert_eq!(known(&identity), Some(ALICE));
        set_email(&site.db, ALICE, "a@example.org").unwrap();
        assert_eq!(known(&identity), None);
        set_email(&site.db, ALICE, &alice.email).unwrap();
        assert_eq!(known(&identity), Some(ALICE));
        set_name(&site.db, ALICE, "Alicia").unwrap();
        assert_eq!(known(&identity), Some(ALICE));
        set_password(&site.db, ALICE, &PasswordHash::of_nobody()).unwrap();
        assert_eq!(known(&identity), None);
        let identity = get(&site.db, ALICE).identity();
        end_sessions(&site.db, ALICE).unwrap();
        assert_eq!(known(&identity), None);
    }

    #[test]
    fn what_is_no_identity_is_nobodys() {
        let site = fixture::site();
        let identity = get(&site.db, ALICE).identity();
        let (_, fingerprint) = identity.split_once('-').unwrap();
        for text in [
            "",
            "-",
            "2",
            "2-",
            "x-y",
            &identity.to_uppercase(),
            &format!("{identity}-"),
            &format!("02-{fingerprint}"),
            &format!("3-{fingerprint}"),
            &format!("99-{fingerprint}"),
        ] {
            assert!(find_by_identity(&site.db, text).unwrap().is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_new_account_is_what_was_asked_for() {
        let site = fixture::site();
        let password = PasswordHash::new("correct horse").unwrap();
        let new = zoe(&password);
        let id = insert(&site.db, &site.dir, &new).unwrap();
        let user = get(&site.db, id);
        assert_eq!((user.name.as_str(), user.email.as_str()), ("Zoë", "Zoe@example.org"));
        assert!(user.is_verified && !user.is_admin && user.password == password);
        assert_eq!(user.session_secret.len(), 32);
        set_admin(&site.db, id, true).unwrap();
        set_verified(&site.db, id, false).unwrap();
        let user = get(&site.db, id);
        assert!(user.is_admin && !user.is_verified);
        let twice = insert(&site.db, &site.dir, &new);
        assert!(twice.unwrap_err().text().contains("UNIQUE"));
    }

    #[test]
    fn maps_of_a_deleted_account_are_not_shown_to_the_next_of_its_id() {
        let site = fixture::site();
        let stale = site.dir.user(5);
        std::fs::create_dir_all(&stale).unwrap();
        std::fs::write(stale.join("heatmap.sqlite"), "private").unwrap();
        let password = PasswordHash::of_nobody();
        let new = zoe(&password);
        assert_eq!(insert(&site.db, &site.dir, &new).unwrap(), UserId(5));
        assert!(!stale.exists());
        assert!(site.dir.stale().join("5-1/heatmap.sqlite").exists());
    }

    #[test]
    fn a_deleted_user_leaves_nothing_behind() {
        let site = fixture::site();
        std::fs::create_dir_all(site.dir.user(ALICE.0)).unwrap();
        let removal = delete(&site.db, ALICE).unwrap();
        assert!(site.dir.track(1).exists(), "files go after the commit");
        removal.mark(&site.dir).files(&site.db).unwrap();
        for table_column in [
            "users.id",
            "tracks.owner_id",
            "uploads.owner_id",
            "tokens.user_id",
            "comments.author_id",
            "friends_assoc.user_1_id",
            "friends_assoc.user_2_id",
            "friend_requests.sender_id",
            "friend_requests.recipient_id",
            "track_people_assoc.user_id",
            "track_favourite_assoc.user_id",
        ] {
            let (table, column) = table_column.split_once('.').unwrap();
            let sql = format!("SELECT count(*) FROM {table} WHERE {column} = 2");
            let left: i64 = site.db.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(left, 0, "{table_column}");
        }
        let there = |id: i64| site.dir.track(id).exists();
        assert_eq!([1, 2, 3, 4, 5, 6].map(there), [false, false, false, true, true, true]);
        assert!(!site.dir.user(ALICE.0).exists());
        assert_eq!(std::fs::read_dir(site.dir.trash()).unwrap().count(), 0);
        for other in [ADMIN, BOB, CAROL] {
            assert_eq!(get(&site.db, other).id, other);
        }
    }
}
