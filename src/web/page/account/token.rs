//! `/token/{uuid}`: the links in our mails. Each works once; the text of a token stands in no log and is told to no
//! other site.

use super::{FIELDS, find_wrong_password, new_password};
use crate::clock;
use crate::error::{Error, Result};
use crate::model::token::{self, Kind as Allows, Token};
use crate::model::{failed, user};
use crate::secret::PasswordHash;
use crate::web::look::Look;
use crate::web::look::form::{csrf, summary};
use crate::web::look::frame::{Page, Place};
use crate::web::page::draft::Draft;
use crate::web::page::{answer, begin, look};
use crate::web::request::Method;
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::account as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};
use rusqlite::Connection;

/// `/token/{uuid}` by any method. A plain `GET` confirms an address, as the link in a mail has to; what asks for
/// nothing to be done (`HEAD`: a mail scanner, a link preview) does nothing.
///
/// # Errors
/// `NotFound` when there is no such token, `Invalid` when the form is not ours; what the database says.
pub fn open(visit: &mut Visit) -> Result<Response> {
    let uuid = visit.param("uuid")?.to_owned();
    let response = match find(visit.db()?, &uuid)? {
        token if token.is_expired(clock::now_wall()) => {
            visit.flash(Kind::Bad, visit.lang.text(&texts::TOO_OLD));
            visit.redirect("/")
        }
        token => follow(visit, &token, &uuid)?,
    };
    Ok(response.no_store().no_referrer())
}

fn follow(visit: &mut Visit, token: &Token, uuid: &str) -> Result<Response> {
    let (method, safe) = (visit.request.method.clone(), visit.request.method.is_safe());
    match token.kind {
        Allows::VerifyEmail if safe && method != Method::Get => Ok(visit.redirect("/login")),
        Allows::VerifyEmail => confirm(visit, uuid),
        Allows::ResetPassword if safe => form(visit, uuid),
        Allows::ResetPassword if method == Method::Post => set_password(visit, uuid),
        Allows::ResetPassword => Err(Error::NotFound("no such method for a token".to_owned())),
    }
}

/// The token, expired or not.
fn find(db: &Connection, uuid: &str) -> Result<Token> {
    token::find(db, uuid)?.ok_or_else(|| Error::NotFound("there is no such token".to_owned()))
}

fn confirm(visit: &mut Visit, uuid: &str) -> Result<Response> {
    let what = "confirm an address";
    let hold = begin(visit.db()?, what)?;
    // Again under the lock: of two who come at the same time one is too late.
    let token = find(&hold, uuid)?;
    user::set_verified(&hold, token.user, true)?;
    token::delete(&hold, token.id)?;
    hold.commit().map_err(|e| failed(what, e))?;
    visit.flash(Kind::Ok, visit.lang.text(&texts::CONFIRMED));
    Ok(visit.redirect("/login"))
}

fn set_password(visit: &mut Visit, uuid: &str) -> Result<Response> {
    let password = visit.form.get("password")?;
    if let Some(wrong) = find_wrong_password(visit.lang, password, visit.form.get("repeat-password")?) {
        Draft::from(wrong).leave(visit, &path(uuid));
        return Ok(visit.redirect(&path(uuid)));
    }
    let password = PasswordHash::new(password)?;
    let what = "set a password";
    let hold = begin(visit.db()?, what)?;
    let user = find(&hold, uuid)?.user;
    user::set_password(&hold, user, &password)?;
    // Whoever read the mail has the address. What else was mailed there is of no use any more.
    user::set_verified(&hold, user, true)?;
    token::delete_of(&hold, user)?;
    hold.commit().map_err(|e| failed(what, e))?;
    visit.flash(Kind::Ok, visit.lang.text(&texts::PASSWORD_SET));
    Ok(visit.redirect("/login"))
}

/// What the paths of the links begin with.
pub const PATH: &str = "/token/";

fn path(uuid: &str) -> String {
    format!("{PATH}{uuid}")
}

fn form(visit: &mut Visit, uuid: &str) -> Result<Response> {
    let look = look(visit)?;
    let draft = Draft::take(visit, &path(uuid), &FIELDS);
    let page = Page::new(look.say(&texts::CHOOSE), Place::LogIn);
    let content = view(&look, uuid, &draft);
    Ok(answer(visit, look, &page, content))
}

fn view(look: &Look, uuid: &str, draft: &Draft) -> Markup {
    html! {
        div .login {
            h1 { (look.say(&texts::CHOOSE)) }
            (summary(look, &draft.wrong))
            form .form .section method="post" action=(look.path(&path(uuid))) {
                (csrf(look))
                (new_password(look, &draft.wrong))
                p .buttons { button .button .primary { (look.say(&texts::SAVE)) } }
            }
        }
    }
}
