//! One's data: taking it along, and leaving for good.

use super::{Line, Shown, line, send_back};
use crate::error::Result;
use crate::model::failed;
use crate::model::user::{self, User};
use crate::web::attempts;
use crate::web::look::Look;
use crate::web::look::icon::{self, icon};
use crate::web::look::panel::{Sure, sure_with};
use crate::web::page::draft::Draft;
use crate::web::page::{begin, slow};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::me as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};

pub(super) const PASSWORD: &str = "current-password";

/// `POST /me/delete`: the account with everything that belongs to it, as `fietsctl user del` does it, when the
/// password is right. The last administrator stays: nobody could make another but by `fietsctl`. What stays of the files when their removal fails is nobody's, and the log says where it is.
///
/// # Errors
/// `Invalid` when the form is not ours; what the database says.
pub fn delete(visit: &mut Visit) -> Result<Response> {
    let password = visit.form.get(PASSWORD)?;
    let account = visit.get_user()?;
    let id = account.id;
    if let Some(sentence) = find_refusal(visit, account, password)? {
        let mut draft = Draft::default();
        draft.refuse(PASSWORD, sentence);
        return Ok(send_back(visit, draft));
    }
    let (db, what) = (visit.db()?, "delete an account");
    let change = begin(db, what)?;
    // Under the lock: of two who leave at the same time one is the last.
    let is_last = match user::find(&change, id)? {
        Some(user) => user::is_last_admin(&change, &user)?,
        None => false,
    };
    if is_last {
        drop(change);
        let mut draft = Draft::default();
        draft.refuse(PASSWORD, visit.lang.text(&texts::LAST_ADMIN).to_owned());
        return Ok(send_back(visit, draft));
    }
    let removal = user::delete(&change, id)?.mark(&visit.instance().dir);
    change.commit().map_err(|e| failed(what, e))?;
    if let Err(error) = removal.files(db) {
        log::warn!("user {id} is deleted, the files are not: {error}");
    }
    visit.log_out();
    visit.flash(Kind::Ok, visit.lang.text(&texts::GONE));
    Ok(visit.redirect("/"))
}

/// Why a password does not count. Whoever sits at a device that was left logged in cannot try one after the other:
/// attempts are counted with those to log in.
fn find_refusal(visit: &Visit, account: &User, password: &str) -> Result<Option<String>> {
    let client = attempts::client(&visit.request.peer);
    match visit.log_ins.begin(&account.email, client.as_deref()) {
        Err(wait) => Ok(Some(slow::sentence(visit.lang, wait))),
        Ok(attempt) if account.password.accepts(password)? => {
            attempt.succeeded();
            Ok(None)
        }
        Ok(_) => Ok(Some(visit.lang.text(&texts::PASSWORD_WRONG).to_owned())),
    }
}

pub(super) fn section(look: &Look, shown: &Shown) -> Markup {
    let second = Sure {
        heading: look.say(&texts::DELETE_TITLE),
        consequence: &texts::DELETE_TEXT,
        button: &texts::DELETE_SURE,
        action: look.path("/me/delete"),
    };
    let kind = Line {
        kind: "password",
        value: "",
        complete: Some("current-password"),
        required: true,
    };
    let password = line(look, shown, PASSWORD, &texts::PASSWORD, None, kind);
    let is_refused = shown.draft.wrong.iter().any(|wrong| wrong.field == PASSWORD);
    html! {
        p .narrow { (look.say(&texts::EXPORT_TEXT)) }
        p .buttons {
            a .button href=(look.path("/me/export")) download { (icon(look, icon::DOWNLOAD)) (look.say(&texts::EXPORT)) }
        }
        p .narrow .section { (look.say(&texts::LEAVE_TEXT)) }
        div .buttons .left {
            (sure_with(look, &texts::DELETE, icon::DELETE, &second, password, is_refused))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::Site;

    const ALICE: &str = "alice@example.org";

    #[test]
    fn an_account_goes_with_everything_and_every_session() {
        let site = Site::new();
        let dir = site.app.instance.dir.track(1);
        let (mut here, mut there) = (site.logged_in(ALICE), site.logged_in(ALICE));
        assert!(dir.exists());
        assert_eq!(here.post("/me/delete", &[(PASSWORD, "alice-password-1")]).location, "/");
        assert!(here.get("/").text().contains("Your account is deleted."));
        assert_eq!((here.get("/me").status, there.get("/me").status), (403, 403));
        assert!(!dir.exists());
        assert_eq!(site.stranger().get("/track/1").status, 404);
        let mut again = site.stranger();
        let sent = [("email", ALICE), ("password", "alice-password-1")];
        assert_eq!(again.post("/login", &sent).location, "/login");
        assert!(!site.logged_in("bob@example.org").get("/me").text().contains(ALICE));
    }

    #[test]
    fn the_last_administrator_stays_until_there_is_another() {
        let site = Site::new();
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        let mut admin = site.logged_in("admin@example.org");
        let password = [(PASSWORD, "admin-password-1")];
        // Who cannot log in is no other administrator.
        db.execute("UPDATE users SET is_admin = 1 WHERE email = 'carol@example.org'", [])
            .unwrap();
        for _ in 0..2 {
            assert_eq!(admin.post("/me/delete", &password).location, "/me#current-password");
            let text = admin.get("/me").text();
            assert!(text.contains("You are the only administrator"), "{text}");
        }
        let german = admin.get("/me?lang=de");
        assert_eq!(
            admin.post("/me/delete", &password).location,
            "/me#current-password",
            "{}",
            german.status
        );
        assert!(admin.get("/me").text().contains("Nur du verwaltest diese Seite"));
        db.execute("UPDATE users SET is_admin = 1 WHERE email = 'bob@example.org'", [])
            .unwrap();
        assert_eq!(admin.post("/me/delete", &password).location, "/");
        let mut bob = site.logged_in("bob@example.org");
        assert_eq!(
            bob.post("/me/delete", &[(PASSWORD, "bob-password-1")]).location,
            "/me#current-password"
        );
        assert_eq!(bob.get("/admin/").status, 200);
    }

    #[test]
    fn a_wrong_password_deletes_nothing() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        assert_eq!(
            alice.post("/me/delete", &[(PASSWORD, "bob-password-1")]).location,
            "/me#current-password"
        );
        assert!(alice.get("/me").text().contains("The password isn't right"));
        assert_eq!(alice.post("/me/delete", &[]).status, 400);
        for _ in 0..9 {
            alice.post("/me/delete", &[(PASSWORD, "x")]);
        }
        alice.post("/me/delete", &[(PASSWORD, "alice-password-1")]);
        assert!(alice.get("/me").text().contains("Too many attempts."));
        assert_eq!(alice.get("/track/1").status, 200);
    }
}
