//! Access for programs: tokens, made and revoked.

use super::{Line, Shown, line, plain, send_back, show_with};
use crate::clock;
use crate::error::{Error, Result};
use crate::model::bearer::{self, Bearer};
use crate::model::{BearerId, failed};
use crate::web::look::Look;
use crate::web::look::form::csrf;
use crate::web::look::icon;
use crate::web::look::message::notice;
use crate::web::look::panel::{Sure, sure_with};
use crate::web::page::account::{LONGEST_NAME, too_long};
use crate::web::page::begin;
use crate::web::page::draft::Draft;
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{me as texts, track};
use crate::web::visit::Visit;
use maud::{Markup, html};

pub(super) const NAME: &str = "token-name";

/// Tokens of one user.
const MOST: usize = 50;

/// `POST /me/make-token`: the page with the new token, which is shown this once and kept nowhere.
///
/// # Errors
/// `Invalid` when the form is not ours; what the database says.
pub fn make(visit: &mut Visit) -> Result<Response> {
    let name = plain(visit.form.get(NAME)?);
    let (user, what) = (visit.get_user()?.id, "make a program's token");
    let change = begin(visit.db()?, what)?;
    let refusal = match name.chars().count() {
        0 => Some(visit.lang.text(&texts::TOKEN_NAMELESS).to_owned()),
        length if length > LONGEST_NAME => Some(too_long(visit.lang, LONGEST_NAME)),
        _ if bearer::list(&change, user)?.len() >= MOST => Some(visit.lang.text(&texts::TOKENS_MANY).to_owned()),
        _ => None,
    };
    if let Some(text) = refusal {
        drop(change);
        let mut draft = Draft::default();
        draft.refuse(NAME, text);
        draft.keep(NAME, &name);
        return Ok(send_back(visit, draft));
    }
    let token = bearer::insert(&change, user, &name, clock::now_wall())?;
    change.commit().map_err(|e| failed(what, e))?;
    Ok(show_with(visit, Some(&token))?.no_store())
}

/// `POST /me/revoke-token`.
///
/// # Errors
/// `NotFound` for one that is not there or not the visitor's; what the database says.
pub fn revoke(visit: &mut Visit) -> Result<Response> {
    let id: BearerId = visit.form.get("token-id")?.parse()?;
    let (user, what) = (visit.get_user()?.id, "revoke a program's token");
    let change = begin(visit.db()?, what)?;
    let was_there = bearer::delete(&change, user, id)?;
    change.commit().map_err(|e| failed(what, e))?;
    if !was_there {
        return Err(Error::NotFound(format!("user {user} has no token {id}")));
    }
    visit.flash(Kind::Ok, visit.lang.text(&texts::REVOKED));
    Ok(visit.redirect("/me"))
}

pub(super) fn section(look: &Look, shown: &Shown) -> Markup {
    let name = Line {
        kind: "text",
        value: shown.draft.find(NAME).unwrap_or_default(),
        complete: Some("off"),
        required: true,
    };
    html! {
        p .narrow { (look.say(&texts::PROGRAMS_TEXT)) }
        @if !shown.bearers.is_empty() { ul .lines { @for bearer in &shown.bearers { li { (one(look, bearer)) } } } }
        form .form .section method="post" action=(look.path("/me/make-token")) {
            (csrf(look))
            (line(look, shown, NAME, &texts::TOKEN_NAME, Some(&texts::TOKEN_HINT), name))
            p .buttons { button .button { (look.say(&texts::MAKE)) } }
        }
    }
}

/// The new token, to be copied.
pub(super) fn made(look: &Look, token: &str) -> Markup {
    let content = html! {
        p { label for="token" { (look.say(&texts::COPY_NOW)) } }
        div {
            input #token .mono type="text" readonly value=(token) autocomplete="off" spellcheck="false"
                data-copy=(look.say(&texts::COPY)) data-copied=(look.say(&track::COPIED));
        }
    };
    notice(look, Kind::Ok, content)
}

fn one(look: &Look, bearer: &Bearer) -> Markup {
    let heading = look.lang.fill(&texts::REVOKE_TITLE, &[("name", &bearer.name)]);
    let second = Sure {
        heading: &heading,
        consequence: &texts::REVOKE_TEXT,
        button: &texts::REVOKE_SURE,
        action: look.path("/me/revoke-token"),
    };
    let day = |at: time::PrimitiveDateTime| look.lang.date(at.date());
    let made = bearer
        .made
        .map(|at| look.lang.fill(&texts::MADE, &[("date", &day(at))]));
    let used = match bearer.used {
        Some(at) => look.lang.fill(&texts::USED, &[("date", &day(at))]),
        None => look.say(&texts::NEVER_USED).to_owned(),
    };
    html! {
        div .what {
            p .user dir="auto" { b { (bearer.name) } }
            p .meta { @if let Some(made) = made { (made) " · " } (used) }
        }
        div .buttons {
            (sure_with(look, &texts::REVOKE, icon::DELETE, &second, html! { input type="hidden" name="token-id" value=(bearer.id); }, false))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::{Site, Visitor};

    const ALICE: &str = "alice@example.org";

    pub(crate) fn token_in(page: &str) -> String {
        let start = page.find("fietsboek_").unwrap();
        page[start..].chars().take_while(|c| *c != '"').collect()
    }

    fn status(visitor: &mut Visitor, token: &str) -> u16 {
        let header = format!("Bearer {token}");
        visitor
            .ask("GET", "/api/tracks", &[("Authorization", &header)], b"")
            .status
    }

    #[test]
    fn a_token_is_shown_once_and_opens_until_it_is_revoked() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        let got = alice.post("/me/make-token", &[(NAME, "<i>phone")]);
        assert_eq!((got.status, got.header("Cache-Control")), (200, "no-store"));
        let token = token_in(&got.text());
        let page = alice.get("/me").text();
        assert!(
            page.contains("&lt;i&gt;phone") && page.contains("never used") && !page.contains(&token),
            "{page}"
        );
        assert_eq!(status(&mut site.stranger(), &token), 200);
        assert!(alice.get("/me").text().contains("last used on"));
        assert_eq!(
            site.logged_in("bob@example.org")
                .post("/me/revoke-token", &[("token-id", "1")])
                .status,
            404
        );
        assert_eq!(alice.post("/me/revoke-token", &[("token-id", "1")]).location, "/me");
        assert_eq!(status(&mut site.stranger(), &token), 401);
        assert_eq!(alice.post("/me/revoke-token", &[("token-id", "1")]).status, 404);
    }

    #[test]
    fn a_token_needs_a_name() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        for (name, told) in [
            (" \0 ", "Give it a name"),
            (&*"x".repeat(10_000), "Use at most 100 characters."),
        ] {
            assert_eq!(alice.post("/me/make-token", &[(NAME, name)]).location, "/me#token-name");
            assert!(alice.get("/me").text().contains(told), "{told}");
        }
        for path in ["/me/make-token", "/me/revoke-token"] {
            assert_eq!(alice.post(path, &[]).status, 400);
        }
    }

    #[test]
    fn there_are_only_so_many() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        for _ in 0..MOST {
            assert_eq!(alice.post("/me/make-token", &[(NAME, "x")]).status, 200);
        }
        assert_eq!(alice.post("/me/make-token", &[(NAME, "x")]).location, "/me#token-name");
        assert!(alice.get("/me").text().contains("Revoke one first."));
    }
}
