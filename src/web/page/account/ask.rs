//! `/password-reset` and `/resend-verification`: somebody asks for a link to be mailed. The answer is the same
//! whether the address has an account.

use super::letter::{self, Letter};
use super::{FIELDS, count_mail, find_wrong_address};
use crate::error::Result;
use crate::model::user::{self, User};
use crate::web::lang::Text;
use crate::web::look::Look;
use crate::web::look::form::{Field, csrf, input};
use crate::web::look::frame::{Page, Place};
use crate::web::page::draft::Draft;
use crate::web::page::{answer, look, slow};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::account as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};

/// What differs between the two.
struct Ask {
    path: &'static str,
    title: &'static Text,
    lead: &'static Text,
    told: &'static Text,
    letter: &'static Letter,
    /// Which accounts get the letter.
    to: fn(&User) -> bool,
}

const RESET: Ask = Ask {
    path: "/password-reset",
    title: &texts::FORGOT,
    lead: &texts::FORGOT_LEAD,
    told: &texts::RESET_ASKED,
    letter: &letter::RESET,
    to: |_| true,
};

const RESEND: Ask = Ask {
    path: "/resend-verification",
    title: &texts::RESEND,
    lead: &texts::RESEND_LEAD,
    told: &texts::RESEND_ASKED,
    letter: &letter::VERIFY,
    to: |user| !user.is_verified,
};

/// `GET /password-reset`.
///
/// # Errors
/// When the system gives no random bytes.
pub fn reset_form(visit: &mut Visit) -> Result<Response> {
    RESET.form(visit)
}

/// `POST /password-reset`.
///
/// # Errors
/// `Invalid` when the form is not ours; what the database says.
pub fn reset(visit: &mut Visit) -> Result<Response> {
    RESET.send(visit)
}

/// `GET /resend-verification`.
///
/// # Errors
/// When the system gives no random bytes.
pub fn resend_form(visit: &mut Visit) -> Result<Response> {
    RESEND.form(visit)
}

/// `POST /resend-verification`.
///
/// # Errors
/// `Invalid` when the form is not ours; what the database says.
pub fn resend(visit: &mut Visit) -> Result<Response> {
    RESEND.send(visit)
}

impl Ask {
    fn form(&self, visit: &mut Visit) -> Result<Response> {
        let draft = Draft::take(visit, self.path, &FIELDS);
        self.page(visit, &draft)
    }

    fn page(&self, visit: &mut Visit, draft: &Draft) -> Result<Response> {
        let look = look(visit)?;
        let content = self.view(&look, draft);
        let page = Page::new(look.say(self.title), Place::LogIn);
        Ok(answer(visit, look, &page, content))
    }

    fn send(&self, visit: &mut Visit) -> Result<Response> {
        let email = visit.form.get("email")?.trim().to_owned();
        let draft = |wrong| {
            let mut draft = Draft::from(wrong);
            draft.keep("email", &email);
            draft
        };
        if let Some(wrong) = find_wrong_address(visit.lang, &email) {
            draft(wrong).leave(visit, self.path);
        } else if let Err(wait) = count_mail(visit, &email) {
            let page = self.page(visit, &draft(slow::at_email(visit.lang, wait)))?;
            return Ok(slow::refuse(page, wait));
        } else {
            letter::send(visit, self.letter, |db| {
                Ok(user::find_by_email(db, &email)?.filter(self.to))
            })?;
            visit.flash(Kind::Ok, visit.lang.fill(self.told, &[("mail", &email)]));
        }
        Ok(visit.redirect(self.path))
    }

    fn view(&self, look: &Look, draft: &Draft) -> Markup {
        let email = Field {
            name: "email",
            label: look.say(&texts::EMAIL),
            hint: None,
            required: true,
            wrong: &draft.wrong,
        };
        html! {
            div .login {
                h1 { (look.say(self.title)) }
                p .section { (look.say(self.lead)) }
                form .form .section method="post" action=(look.path(self.path)) {
                    (csrf(look))
                    (input(look, &email, "email", draft.find("email").unwrap_or_default(), Some("email")))
                    p .buttons { button .button .primary { (look.say(&texts::SEND)) } }
                }
            }
        }
    }
}
