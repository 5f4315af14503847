//! Devices: logging out everywhere.

use crate::error::Result;
use crate::model::{failed, user};
use crate::web::look::Look;
use crate::web::look::icon;
use crate::web::look::panel::{Sure, sure};
use crate::web::page::begin;
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::me as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};

/// `POST /me/force-logout`: every session ends, this one too, and no device is remembered any more.
///
/// # Errors
/// What the database says.
pub fn log_out(visit: &mut Visit) -> Result<Response> {
    let (id, what) = (visit.get_user()?.id, "end all sessions");
    let change = begin(visit.db()?, what)?;
    user::end_sessions(&change, id)?;
    change.commit().map_err(|e| failed(what, e))?;
    visit.log_out();
    visit.flash(Kind::Ok, visit.lang.text(&texts::LOGGED_OUT));
    Ok(visit.redirect("/login"))
}

pub(super) fn section(look: &Look) -> Markup {
    let second = Sure {
        heading: look.say(&texts::LOG_OUT_TITLE),
        consequence: &texts::LOG_OUT_TEXT,
        button: &texts::LOG_OUT_SURE,
        action: look.path("/me/force-logout"),
    };
    html! {
        p .narrow { (look.say(&texts::DEVICES_TEXT)) }
        div .buttons .left { (sure(look, &texts::LOG_OUT, icon::WHO_ACCOUNT, &second)) }
    }
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;

    #[test]
    fn every_device_is_out() {
        let site = Site::new();
        let (mut here, mut there) = (site.logged_in("alice@example.org"), site.logged_in("alice@example.org"));
        assert_eq!(here.post("/me/force-logout", &[]).location, "/login");
        assert!(here.get("/login").text().contains("You are logged out everywhere."));
        assert_eq!((here.get("/me").status, there.get("/me").status), (403, 403));
        assert_eq!(site.logged_in("alice@example.org").get("/me").status, 200);
    }
}
