//! Logging in and out.

use super::{answer, draft, look, slow};
use crate::error::Result;
use crate::model::user;
use crate::secret::PasswordHash;
use crate::web::attempts;
use crate::web::look::Look;
use crate::web::look::form::{Field, Wrong, csrf, input, tick};
use crate::web::look::frame::{Page, Place};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::login as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};
use std::time::Duration;

const PATH: &str = "/login";

/// `GET /login`.
///
/// # Errors
/// When the system gives no random bytes.
pub fn form(visit: &mut Visit) -> Result<Response> {
    let look = look(visit)?;
    let draft = take_draft(visit);
    Ok(page(visit, look, &draft))
}

fn page(visit: &mut Visit, look: Look, draft: &Draft) -> Response {
    let page = Page::new(look.say(&texts::TITLE), Place::LogIn);
    let content = view(&look, draft, visit.config().registration);
    answer(visit, look, &page, content)
}

fn take_draft(visit: &mut Visit) -> Draft {
    let back = visit.request.query("back").and_then(local_path).map(str::to_owned);
    let left = draft::Draft::take(visit, PATH, &["email"]);
    Draft {
        email: left.find("email").unwrap_or_default().to_owned(),
        remember: left.find("remember-me").is_some(),
        back: left.find("back").and_then(local_path).map(str::to_owned).or(back),
        wrong: left.wrong,
    }
}

/// `POST /login`: in, or back to the form with what was typed. An unknown address takes as long as a
/// wrong password.
///
/// # Errors
/// `Invalid` when the form is not ours; what the database says.
pub fn log_in(visit: &mut Visit) -> Result<Response> {
    let email = visit.form.get("email")?.trim().to_owned();
    let password = visit.form.get("password")?.to_owned();
    let remember = visit.form.find("remember-me") == Some("on");
    let back = visit.form.find("back").and_then(local_path).map(str::to_owned);
    let client = attempts::client(&visit.request.peer);
    let attempt = match visit.log_ins.begin(&email, client.as_deref()) {
        Ok(attempt) => attempt,
        Err(wait) => return too_many(visit, email, remember, back, wait),
    };
    let found = user::find_by_email(visit.db()?, &email)?;
    let accepted = match &found {
        Some(user) => user.password.accepts(&password)?,
        None => PasswordHash::of_nobody().accepts(&password)?,
    };
    if accepted {
        attempt.succeeded();
    }
    match found.filter(|_| accepted) {
        Some(user) if user.is_verified => {
            visit.flash(Kind::Ok, visit.lang.fill(&texts::HELLO, &[("name", &user.name)]));
            visit.log_in(user, remember);
            Ok(visit.redirect(back.as_deref().unwrap_or("/")))
        }
        unconfirmed => {
            let sentence = match unconfirmed {
                Some(_) => &texts::NOT_CONFIRMED,
                None => &texts::FAILED,
            };
            let mut left = draft::Draft::default();
            left.refuse("email", visit.lang.text(sentence));
            left.keep("email", &email);
            if remember {
                left.keep("remember-me", "on");
            }
            if let Some(back) = &back {
                left.keep("back", back);
            }
            left.leave(visit, PATH);
            Ok(visit.redirect(PATH))
        }
    }
}

/// The form again, with what was typed; nothing was compared.
fn too_many(
    visit: &mut Visit,
    email: String,
    remember: bool,
    back: Option<String>,
    wait: Duration,
) -> Result<Response> {
    let draft = Draft {
        email,
        remember,
        back,
        wrong: vec![slow::at_email(visit.lang, wait)],
    };
    let look = look(visit)?;
    Ok(slow::refuse(page(visit, look, &draft), wait))
}

/// `/logout` by any method; a plain link from elsewhere can do no more than log out.
///
/// # Errors
/// None.
pub fn log_out(visit: &mut Visit) -> Result<Response> {
    visit.log_out();
    visit.flash(Kind::Ok, visit.lang.text(&texts::GOODBYE));
    Ok(visit.redirect("/"))
}

/// The form's state.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The address that was typed.
    pub email: String,
    /// Whether the log-in is to last.
    pub remember: bool,
    /// Where to go afterwards: a path of this site.
    pub back: Option<String>,
    /// What went wrong.
    pub wrong: Vec<Wrong>,
}

/// The page's content.
pub fn view(look: &Look, draft: &Draft, registration: bool) -> Markup {
    let email = Field {
        name: "email",
        label: look.say(&texts::EMAIL),
        hint: None,
        required: true,
        wrong: &draft.wrong,
    };
    let password = Field {
        name: "password",
        label: look.say(&texts::PASSWORD),
        hint: None,
        required: true,
        wrong: &draft.wrong,
    };
    html! {
        div .login {
            h1 { (look.say(&texts::TITLE)) }
            form .form .section method="post" action=(look.path(PATH)) {
                (csrf(look))
                @if let Some(back) = &draft.back { input type="hidden" name="back" value=(back); }
                (input(look, &email, "email", &draft.email, Some("email")))
                (input(look, &password, "password", "", Some("current-password")))
                (tick("remember-me", "on", draft.remember, html! { (look.say(&texts::REMEMBER)) }))
                p .buttons { button .button .primary { (look.say(&texts::SEND)) } }
            }
            ul .ways {
                li { a href=(look.path("/password-reset")) { (look.say(&texts::FORGOT)) } }
                li { a href=(look.path("/resend-verification")) { (look.say(&texts::MISSING)) } }
                @if registration { li { a href=(look.path("/create-account")) { (look.say(&texts::NEW)) } } }
            }
        }
    }
}

/// A way back that stays on this site: a path with one slash at its beginning, nothing that a browser
/// could take for another host.
pub fn local_path(back: &str) -> Option<&str> {
    let plain = |c: char| !c.is_control() && c != '\\';
    (back.starts_with('/') && !back.starts_with("//") && back.chars().all(plain)).then_some(back)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::look::look;
    use crate::web::page::visitor::Site;

    #[test]
    fn the_way_back_never_leaves_the_site() {
        for good in ["/", "/track/7?secret=a", "/track/%2f%2fevil"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_passwords_of_the_original_open_the_door() {
        let site = Site::new();
        let mut visitor = site.stranger();
        let sent = [
            ("email", "ALICE@example.org"),
            ("password", "alice-password-1"),
            ("back", "/track/3"),
        ];
        assert_eq!(visitor.post("/login", &sent).location, "/track/3");
        let text = visitor.get("/track/3").text();
        assert!(text.contains("Good to see you, Alice."), "{text}");
        assert_eq!(visitor.get("/logout").location, "/");
        assert!(visitor.get("/").text().contains("You are logged out."));
        assert_eq!(visitor.get("/track/3").status, 403);
    }

    #[test]
    fn whoever_may_not_in_is_told_why_and_keeps_what_they_typed() {
        let site = Site::new();
        for (email, password, told) in [
            ("alice@example.org", "not-my-password", "isn't right"),
            ("<b>@example.org", "x", "isn't right"),
            ("carol@example.org", "carol-password-1", "isn't"),
        ] {
            let mut visitor = site.stranger();
            let sent = [
                ("email", email),
                ("password", password),
                ("remember-me", "on"),
                ("back", "//evil.example"),
            ];
            assert_eq!(visitor.post("/login", &sent).location, "/login");
            let text = visitor.get("/login").text();
            assert!(
                text.contains(told) && text.contains("checked") && !text.contains("evil"),
                "{text}"
            );
            assert!(!text.contains(password) || password == "x");
            assert!(!visitor.get("/login").text().contains(told), "told once");
        }
    }

    #[test]
    fn a_failed_form_keeps_the_address_and_never_the_password() {
        let wrong = vec![Wrong {
            field: "email",
            text: "Nope.".into(),
        }];
        let draft = Draft {
            email: "a\"<b>@example.org".into(),
            back: Some("/track/1".into()),
            wrong,
            ..Draft::default()
        };
        let html = view(&look(Lang::En), &draft, false).into_string();
        assert!(
            html.contains("value=\"a&quot;&lt;b&gt;@example.org\"") && html.contains("value=\"/track/1\""),
            "{html}"
        );
        assert!(
            html.contains("aria-invalid=\"true\"") && html.contains("current-password"),
            "{html}"
        );
    }
}
