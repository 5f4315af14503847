//! What the tests of this room need: an instance of their own, with one user, one administrator.

use std::fs;
use std::sync::Arc;

use rusqlite::Connection;

use crate::config::Config;
use crate::instance::Instance;
use crate::model::user::{self, NewUser, User};
use crate::schema;
use crate::scratch::Scratch;
use crate::secret::PasswordHash;

/// An instance in a temporary directory.
pub struct Trial {
    /// Where it is.
    pub dir: Scratch,
    /// It.
    pub instance: Arc<Instance>,
    /// Somebody.
    pub user: User,
    /// An administrator.
    pub admin: User,
}

impl Trial {
    /// A new one; the lines are added to `[app:main]` and to `[server:main]`.
    pub fn new(app: &str, server: &str) -> Trial {
        let dir = Scratch::new();
        fs::create_dir(dir.join("data")).unwrap();
        fs::write(dir.join("data/VERSION"), schema::VERSION).unwrap();
        let db = Connection::open(dir.join("db.sqlite")).unwrap();
        schema::create(&db).unwrap();
        let ini = format!(
            "[app:main]\nsqlalchemy.url = sqlite:///%(here)s/db.sqlite\nredis.url = redis://x\n\
             fietsboek.data_dir = %(here)s/data\nsession_key = k\nemail.from = a@b.c\n\
             email.smtp_url = debug://x\n{app}\n[server:main]\nuse = egg:waitress#main\n{server}\n"
        );
        fs::write(dir.join("f.ini"), ini).unwrap();
        let config = Config::read(&dir.join("f.ini")).unwrap();
        let instance = Arc::new(Instance::new(config));
        let user = add_user(&db, &instance, "user@example.org", false);
        let admin = add_user(&db, &instance, "admin@example.org", true);
        Trial {
            dir,
            instance,
            user,
            admin,
        }
    }
}

fn add_user(db: &Connection, instance: &Instance, email: &str, is_admin: bool) -> User {
    let password = PasswordHash {
        key: vec![1; 32],
        salt: vec![2; 32],
    };
    let new = NewUser {
        name: "Somebody",
        email,
        password: &password,
        is_admin,
        is_verified: true,
    };
    let id = user::insert(db, &instance.dir, &new).unwrap();
    user::find(db, id).unwrap().unwrap()
}
