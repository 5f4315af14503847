//! Users: the accounts, and the identity that a session carries.
//!
//! The fixed point is what Fietsboek 0.11 stores and sends: addresses as typed, found in any
//! capitalisation; scrypt hashes; an identity that changes with address, password and session secret.

use rusqlite::{Connection, Row, named_params};

use super::removal::Removal;
use super::{TrackId, UserId, column, query, track, trackdir};
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
    trackdir::set_aside(dir, &dir.user(id.0))?;
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

/// Sets an address; the caller holds the transaction in which it asked [`email_taken`].
///
/// # Errors
/// What the database says.
pub fn set_email(db: &Connection, id: UserId, email: &str) -> Result<()> {
    let sql = "UPDATE users SET email = ?2 WHERE id = ?1";
    query::run(db, "set an address", sql, (id, email)).map(drop)
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
/// holds the transaction, commits it, and then calls [`Removal::files`], which removes the tracks'
/// directories and `users/<id>`. A crash before the commit leaves everything as it was; after it, stray files.
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
