//! The answer to a request that could not be answered: by status and by `Accept`, never with a cause.
//!
//! The page around the words is the pages' own ([`ErrorPage`]); here stands the bare one for when even
//! that fails. What the operator needs goes to the log, with a number that the visitor sees too.

use serde_json::json;

use crate::error::{Error, Result};
use crate::secret;
use crate::web::accept::{self, Wanted};
use crate::web::lang::{Lang, Text};
use crate::web::response::{Response, reason};
use crate::web::visit::Visit;

/// What went wrong, as the visitor may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// The number that is also in the log, for what is our own fault.
    pub number: Option<String>,
}

/// Makes the HTML of an error in the site's frame.
pub type ErrorPage = fn(&mut Visit, &Fault) -> Result<String>;

impl Fault {
    /// Logs an error and keeps of it what the visitor may know.
    pub fn new(error: &Error, method: &str, path: &str) -> Fault {
        let status = error.status();
        let number = matches!(status, 500 | 507).then(new_number);
        match &number {
            Some(number) => log::error!("{method} {path}: {error} (number {number})"),
            None => log::debug!("{method} {path}: {status}: {error}"),
        }
        Fault { status, number }
    }

    /// The answer with the bare page, in JSON or as text, as `Accept` wants it. `page` is the HTML if
    /// there is a better one than the bare.
    pub fn answer(&self, accept: Option<&str>, lang: Lang, page: Option<String>) -> Response {
        let title = reason(self.status);
        let message = self.message(lang);
        let response = match accept::choose(accept) {
            Wanted::Html => Response::html(page.unwrap_or_else(|| self.bare_page(lang))),
            Wanted::Json => Response::json(&json!({
                "message": message,
                "code": format!("{} {title}", self.status),
                "title": title,
            })),
            Wanted::Text => Response::text(format!("{} {title}\n\n{message}\n", self.status)),
        };
        response
            .with_status(self.status)
            .header("Content-Language", lang.tag())
            .header("Vary", "Accept, Accept-Language, Cookie")
            .no_store()
    }

    /// One or two sentences for the visitor.
    pub fn message(&self, lang: Lang) -> String {
        let row = MESSAGES.iter().find(|(status, _)| *status == self.status);
        let text = row.map_or(&BROKEN, |(_, text)| text);
        match &self.number {
            Some(number) => format!("{} {}", lang.text(text), lang.fill(&NUMBER, &[("number", number)])),
            None => lang.text(text).to_string(),
        }
    }

    /// A page that needs nothing: no style, no session, no other address.
    fn bare_page(&self, lang: Lang) -> String {
        let message = self.message(lang);
        let title = format!("{} {}", self.status, reason(self.status));
        maud::html! {
            (maud::DOCTYPE)
            html lang=(lang.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                }
                body {
                    h1 { (title) }
                    p { (message) }
                }
            }
        }
        .into_string()
    }
}

/// Eight letters and digits that tell two faults apart; a dash when the system gives no random bytes.
fn new_number() -> String {
    secret::random::<4>().map_or("-".to_string(), |bytes| secret::hex(&bytes))
}

const NUMBER: Text = Text {
    en: "If it stays, tell the operator this number: {number}",
    de: "Wenn es bleibt, nenne der Administration diese Nummer: {number}",
};

const BROKEN: Text = Text {
    en: "Something broke on our side. Try again.",
    de: "Bei uns ist etwas kaputtgegangen. Versuche es noch einmal.",
};

const MESSAGES: &[(u16, Text)] = &[
    (
        400,
        Text {
            en: "That request didn't work. Go back, reload the page and send it again.",
            de: "Diese Anfrage hat nicht geklappt. Geh zurück, lade die Seite neu und sende sie noch einmal.",
        },
    ),
    (
        403,
        Text {
            en: "This isn't shared with you. Log in, or ask the owner for a link.",
            de: "Das ist nicht mit dir geteilt. Melde dich an oder bitte um einen Link.",
        },
    ),
    (
        404,
        Text {
            en: "Nothing here. The address may have a typo, or the track was deleted.",
            de: "Hier ist nichts. Vielleicht ist die Adresse vertippt oder die Tour gelöscht.",
        },
    ),
    (
        413,
        Text {
            en: "That file is too big.",
            de: "Diese Datei ist zu groß.",
        },
    ),
    (
        507,
        Text {
            en: "Nothing can be stored here at the moment, so nothing was saved.",
            de: "Hier kann gerade nichts gespeichert werden, also wurde nichts gespeichert.",
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::response::Body;

    fn answer(error: Error, accept: &str) -> (Response, String) {
        let response = Fault::new(&error, "GET", "/x").answer(Some(accept), Lang::En, None);
        let Body::Bytes(bytes) = &response.body else {
            panic!("an error in a file")
        };
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        (response, text)
    }

    #[test]
    fn an_error_comes_in_the_form_that_is_wanted_and_is_never_kept() {
        let missing = || Error::NotFound("track 7 of /secret/path".to_string());
        let (response, text) = answer(missing(), "application/json");
        assert_eq!(response.status, 404);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["code"], "404 Not Found");
        assert_eq!(value["title"], "Not Found");
        assert_eq!(response.get_header("cache-control"), Some("no-store"));
        let (response, text) = answer(missing(), "text/plain");
        assert!(text.starts_with("404 Not Found\n"));
        assert_eq!(response.get_header("content-type"), Some("text/plain; charset=utf-8"));
        assert!(answer(missing(), "").1.starts_with("<!DOCTYPE html>"));
    }

    #[test]
    fn the_visitor_never_reads_the_operator_s_text() {
        for accept in ["text/html", "application/json", "text/plain"] {
            let (_, text) = answer(Error::Failed("cannot read /secret/path".to_string()), accept);
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn only_our_own_fault_has_a_number() {
        let fault = |error| Fault::new(&error, "GET", "/");
        assert_eq!(fault(Error::Failed(String::new())).number.unwrap().len(), 8);
        assert_eq!(fault(Error::NoRoom(String::new())).number.unwrap().len(), 8);
        assert_eq!(fault(Error::Invalid(String::new())).number, None);
    }
}
