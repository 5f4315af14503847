//! You: name and password.

use super::{Line, Shown, line, send_back};
use crate::error::{Error, Result};
use crate::model::{failed, user};
use crate::secret::PasswordHash;
use crate::web::look::Look;
use crate::web::look::form::{csrf, summary};
use crate::web::page::account::{LONGEST_NAME, find_wrong_password, too_long};
use crate::web::page::begin;
use crate::web::page::draft::Draft;
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{account as words, login, me as texts};
use crate::web::visit::Visit;
use maud::{Markup, html};

pub(super) const NAME: &str = "name";
pub(super) const PASSWORD: &str = "password";
pub(super) const REPEAT: &str = "repeat-password";

/// `POST /me`: a name, and a password when one is typed. Another password logs out every session but this one.
///
/// # Errors
/// `Invalid` when the form is not ours; what the database says.
pub fn save(visit: &mut Visit) -> Result<Response> {
    let name = visit.form.get(NAME)?;
    // What cannot be seen has no place in a name.
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let password = visit.form.get(PASSWORD)?.to_owned();
    let repeated = visit.form.get(REPEAT)?;
    let mut draft = Draft::default();
    if name.chars().count() > LONGEST_NAME {
        draft.refuse(NAME, too_long(visit.lang, LONGEST_NAME));
    }
    if !password.is_empty() {
        draft.wrong.extend(find_wrong_password(visit.lang, &password, repeated));
    }
    if !draft.wrong.is_empty() {
        draft.keep(NAME, &name);
        return Ok(send_back(visit, draft));
    }
    let id = visit.get_user()?.id;
    let hash = (!password.is_empty())
        .then(|| PasswordHash::new(&password))
        .transpose()?;
    let what = "change an account";
    let change = begin(visit.db()?, what)?;
    user::set_name(&change, id, &name)?;
    if let Some(hash) = &hash {
        user::set_password(&change, id, hash)?;
    }
    let changed = user::find(&change, id)?.ok_or_else(|| Error::Forbidden(format!("user {id} is gone")))?;
    change.commit().map_err(|e| failed(what, e))?;
    visit.renew_identity(changed);
    let told = if hash.is_some() {
        &texts::SAVED_PASSWORD
    } else {
        &texts::SAVED
    };
    visit.flash(Kind::Ok, visit.lang.text(told));
    Ok(visit.redirect("/me"))
}

pub(super) fn section(look: &Look, shown: &Shown) -> Markup {
    let password = |name, label, hint| {
        let kind = Line {
            kind: "password",
            value: "",
            complete: Some("new-password"),
            required: false,
        };
        line(look, shown, name, label, hint, kind)
    };
    let name = Line {
        kind: "text",
        value: shown.draft.find(NAME).unwrap_or(&shown.user.name),
        complete: Some("name"),
        required: false,
    };
    html! {
        form .form method="post" action=(look.path("/me")) {
            (csrf(look))
            (summary(look, &shown.draft.wrong))
            div .field {
                b { (look.say(&login::EMAIL)) }
                p .user { (shown.user.email) }
            }
            (line(look, shown, NAME, &words::NAME, Some(&words::NAME_HINT), name))
            (password(PASSWORD, &texts::NEW_PASSWORD, Some(&texts::PASSWORD_HINT)))
            (password(REPEAT, &texts::REPEAT, None))
            p .buttons { button .button .primary data-busy=(look.say(&texts::SAVING)) { (look.say(&texts::SAVE)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::Site;

    const ALICE: &str = "alice@example.org";

    #[test]
    fn another_password_leaves_this_session_alone_in() {
        let site = Site::new();
        let (mut here, mut there) = (site.logged_in(ALICE), site.logged_in(ALICE));
        let sent = [(NAME, "Alicia"), (PASSWORD, "täglich-8"), (REPEAT, "täglich-8")];
        assert_eq!(here.post("/me", &sent).location, "/me");
        let text = here.get("/me").text();
        assert!(
            text.contains("Saved. Your new password is set;") && text.contains("value=\"Alicia\""),
            "{text}"
        );
        assert_eq!(there.get("/me").status, 403);
        let mut again = site.stranger();
        let sent = [("email", ALICE), ("password", "täglich-8")];
        assert_eq!(again.post("/login", &sent).location, "/");
    }

    #[test]
    fn another_name_logs_nobody_out() {
        let site = Site::new();
        let (mut here, mut there) = (site.logged_in(ALICE), site.logged_in(ALICE));
        here.post("/me", &[(NAME, "<b>A\u{202e}\0"), (PASSWORD, ""), (REPEAT, "x")]);
        let text = there.get("/me").text();
        assert!(
            text.contains("value=\"&lt;b&gt;A\u{202e}\"") && !text.contains('\0'),
            "{text}"
        );
        assert_eq!(
            here.post("/me", &[(NAME, ""), (PASSWORD, ""), (REPEAT, "")]).location,
            "/me"
        );
        assert_eq!(here.get("/me").status, 200, "a name may be empty");
    }

    #[test]
    fn what_is_wrong_is_told_at_its_field_and_the_name_is_kept() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        for (name, password, repeat, told) in [
            ("New", "short", "shorter", "The two entries differ."),
            ("New", "short", "short", "Use at least 8 characters."),
            ("New", "ääääääh", "ääääääh", "Use at least 8 characters."),
        ] {
            let sent = [(NAME, name), (PASSWORD, password), (REPEAT, repeat)];
            assert!(["/me#password", "/me#repeat-password"].contains(&&*alice.post("/me", &sent).location));
            let text = alice.get("/me").text();
            assert!(text.contains(told) && text.contains("value=\"New\""), "{text}");
            assert!(!text.contains(password), "{text}");
            assert!(
                alice.get("/me").text().contains("value=\"Alice\""),
                "nothing was changed"
            );
        }
        let long = "x".repeat(10_000);
        assert_eq!(
            alice
                .post("/me", &[(NAME, &long), (PASSWORD, ""), (REPEAT, "")])
                .location,
            "/me#name"
        );
        assert!(alice.get("/me").text().contains("Use at most 100 characters."));
    }

    #[test]
    fn a_form_without_its_fields_is_not_ours() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        let all = [(NAME, "A"), (PASSWORD, ""), (REPEAT, "")];
        for lacking in all {
            let sent: Vec<_> = all.into_iter().filter(|field| *field != lacking).collect();
            assert_eq!(alice.post("/me", &sent).status, 400, "without {}", lacking.0);
        }
    }
}
