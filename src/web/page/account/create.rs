//! `/create-account`: a visitor makes an account, where the configuration lets them.

use super::letter;
use super::{FIELDS, LONGEST_NAME, count_mail, find_wrong_address, find_wrong_password, new_password, too_long};
use crate::error::Result;
use crate::model::failed;
use crate::model::user::{self, NewUser};
use crate::secret::PasswordHash;
use crate::web::lang::Lang;
use crate::web::look::Look;
use crate::web::look::form::{Field, Wrong, csrf, input, summary};
use crate::web::look::frame::{Page, Place};
use crate::web::page::draft::Draft;
use crate::web::page::{answer, begin, look, slow};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::account as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};

const PATH: &str = "/create-account";

/// `GET /create-account`.
///
/// # Errors
/// When the system gives no random bytes.
pub fn form(visit: &mut Visit) -> Result<Response> {
    let draft = Draft::take(visit, PATH, &FIELDS);
    page(visit, &draft)
}

fn page(visit: &mut Visit, draft: &Draft) -> Result<Response> {
    let look = look(visit)?;
    let page = Page::new(look.say(&texts::CREATE), Place::CreateAccount);
    let content = view(&look, draft);
    Ok(answer(visit, look, &page, content))
}

/// `POST /create-account`: an account that waits for its address to be confirmed. Where the address has one, nothing
/// is made and that account is told by mail; the answer is the same. Who makes many is slowed before anything is
/// looked for.
///
/// # Errors
/// `Invalid` when the form is not ours; what the database says.
pub fn create(visit: &mut Visit) -> Result<Response> {
    let sent = Sent::read(visit)?;
    let wrong = sent.find_wrong(visit.lang);
    if !wrong.is_empty() {
        sent.draft(wrong).leave(visit, PATH);
        return Ok(visit.redirect(PATH));
    }
    if let Err(wait) = count_mail(visit, &sent.email) {
        let draft = sent.draft(vec![slow::at_email(visit.lang, wait)]);
        return Ok(slow::refuse(page(visit, &draft)?, wait));
    }
    // In either case, since it takes longest.
    let password = PasswordHash::new(&sent.password)?;
    write(visit, &sent, &password)?;
    visit.bell.ring();
    visit.flash(Kind::Ok, visit.lang.fill(&texts::MADE, &[("mail", &sent.email)]));
    Ok(visit.redirect("/login"))
}

fn write(visit: &Visit, sent: &Sent, password: &PasswordHash) -> Result<()> {
    let what = "make an account";
    let hold = begin(visit.db()?, what)?;
    match user::find_by_email(&hold, &sent.email)? {
        Some(user) => letter::write(visit, &hold, Some((user.id, &user.email)), &letter::TAKEN)?,
        None => {
            let new = NewUser {
                name: &sent.name,
                email: &sent.email,
                password,
                is_admin: false,
                is_verified: false,
            };
            let id = user::insert(&hold, &visit.instance().dir, &new)?;
            letter::write(visit, &hold, Some((id, &sent.email)), &letter::VERIFY)?;
        }
    }
    hold.commit().map_err(|e| failed(what, e))
}

/// What was typed.
struct Sent {
    name: String,
    email: String,
    password: String,
    repeated: String,
}

impl Sent {
    fn read(visit: &Visit) -> Result<Sent> {
        let line = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
        Ok(Sent {
            name: line(visit.form.get("name")?.trim()),
            email: visit.form.get("email")?.trim().to_owned(),
            password: visit.form.get("password")?.to_owned(),
            repeated: visit.form.get("repeat-password")?.to_owned(),
        })
    }

    /// What is typed once only.
    fn draft(&self, wrong: Vec<Wrong>) -> Draft {
        let mut draft = Draft::default();
        draft.keep("name", &self.name);
        draft.keep("email", &self.email);
        draft.wrong = wrong;
        draft
    }

    /// In the order of the original: password, name, address.
    fn find_wrong(&self, lang: Lang) -> Vec<Wrong> {
        let name = match self.name.chars().count() {
            0 => Some(lang.text(&texts::NO_NAME).to_owned()),
            length if length > LONGEST_NAME => Some(too_long(lang, LONGEST_NAME)),
            _ => None,
        };
        let name = name.map(|text| Wrong { field: "name", text });
        let password = find_wrong_password(lang, &self.password, &self.repeated);
        [password, name, find_wrong_address(lang, &self.email)]
            .into_iter()
            .flatten()
            .collect()
    }
}

fn view(look: &Look, draft: &Draft) -> Markup {
    let field = |name, label, hint| Field {
        name,
        label: look.say(label),
        hint: Some(look.say(hint)),
        required: true,
        wrong: &draft.wrong,
    };
    let name = field("name", &texts::NAME, &texts::NAME_HINT);
    let email = field("email", &texts::EMAIL, &texts::EMAIL_HINT);
    html! {
        div .login {
            h1 { (look.say(&texts::CREATE)) }
            (summary(look, &draft.wrong))
            form .form .section method="post" action=(look.path(PATH)) {
                (csrf(look))
                (input(look, &name, "text", draft.find("name").unwrap_or_default(), Some("name")))
                (input(look, &email, "email", draft.find("email").unwrap_or_default(), Some("email")))
                (new_password(look, &draft.wrong))
                p .buttons { button .button .primary { (look.say(&texts::CREATE)) } }
            }
            p .section { a href=(look.path("/login")) { (look.say(&texts::HAVE_ONE)) } }
        }
    }
}
