//! Friends: asked, accepted, declined, withdrawn, ended.

mod section;

pub(super) use section::section;

use super::send_back;
use crate::clock;
use crate::error::{Error, Result};
use crate::model::friend;
use crate::model::friend_request::{self, Asked, Ends};
use crate::model::{FriendRequestId, UserId, failed, user};
use crate::web::lang::Text;
use crate::web::page::begin;
use crate::web::page::draft::Draft;
use crate::web::page::slow;
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::me as texts;
use crate::web::visit::Visit;
use rusqlite::Connection;
use serde_json::{Value, json};

pub(super) const EMAIL: &str = "friend-email";

/// Characters of a name or an address in a message, which has to fit into a cookie.
const LONGEST_TOLD: usize = 100;

/// `POST /me/send-friend-request`.
///
/// # Errors
/// `Invalid` when the form is not ours; what the database says.
pub fn ask(visit: &mut Visit) -> Result<Response> {
    let email = visit.form.get(EMAIL)?.trim().to_owned();
    let (sender, what) = (visit.get_user()?.id, "ask for a friendship");
    // Whether an address has an account is told, but not to who tries many. No address looks like this one.
    if let Err(wait) = visit.mails.count(&format!("friends of {sender}"), None) {
        visit.flash(Kind::Bad, slow::sentence(visit.lang, wait));
        let mut draft = Draft::default();
        draft.keep(EMAIL, &email);
        return Ok(send_back(visit, draft));
    }
    let change = begin(visit.db()?, what)?;
    let Some(asked) = user::find_by_email(&change, &email)? else {
        drop(change);
        let shown: String = email.chars().take(LONGEST_TOLD).collect();
        visit.flash(Kind::Bad, visit.lang.fill(&texts::NOBODY, &[("mail", &shown)]));
        let mut draft = Draft::default();
        draft.keep(EMAIL, &email);
        return Ok(send_back(visit, draft));
    };
    let recipient = asked.id;
    if recipient == sender {
        drop(change);
        visit.flash(Kind::Bad, visit.lang.text(&texts::ONESELF));
        return Ok(visit.redirect("/me"));
    }
    let came = friend_request::ask(&change, Ends { sender, recipient }, clock::now_wall())?;
    change.commit().map_err(|e| failed(what, e))?;
    let (kind, text) = match came {
        Asked::Waits => (Kind::Ok, &texts::ASKED),
        Asked::Friends => (Kind::Ok, &texts::NOW_FRIENDS),
        Asked::AlreadyFriends => (Kind::Info, &texts::ALREADY_FRIENDS),
        Asked::AlreadyAsked => (Kind::Info, &texts::ALREADY_ASKED),
    };
    tell(visit, kind, text, &asked.name);
    Ok(visit.redirect("/me"))
}

/// `POST /me/accept-friend`: friends from now on.
///
/// # Errors
/// `NotFound`, also for a request to somebody else: whether there is one is nobody's business; what the database says.
pub fn accept(visit: &mut Visit) -> Result<Response> {
    let name = settle(
        visit,
        |ends| ends.recipient,
        |db, ends| friend::add(db, ends.sender, ends.recipient),
    )?;
    tell(visit, Kind::Ok, &texts::NOW_FRIENDS, &name);
    Ok(visit.redirect("/me"))
}

/// `POST /me/decline-friend`: who asked is not told.
///
/// # Errors
/// `NotFound`, also for a request to somebody else: whether there is one is nobody's business; what the database says.
pub fn decline(visit: &mut Visit) -> Result<Response> {
    let name = settle(visit, |ends| ends.recipient, |_, _| Ok(()))?;
    tell(visit, Kind::Ok, &texts::DECLINED, &name);
    Ok(visit.redirect("/me"))
}

/// `POST /me/withdraw-friend`: takes back what was asked.
///
/// # Errors
/// `NotFound`, also for somebody else's request; what the database says.
pub fn withdraw(visit: &mut Visit) -> Result<Response> {
    settle(visit, |ends| ends.sender, |_, _| Ok(()))?;
    visit.flash(Kind::Ok, visit.lang.text(&texts::WITHDRAWN));
    Ok(visit.redirect("/me"))
}

/// Takes the request of the form away, if `end` of it is the visitor, and does with it what is to be done, all at
/// once: what was withdrawn at the same moment cannot be accepted. The name of who asked.
fn settle(
    visit: &Visit,
    end: impl Fn(Ends) -> UserId,
    then: impl Fn(&Connection, Ends) -> Result<()>,
) -> Result<String> {
    let id: FriendRequestId = visit.form.get("request-id")?.parse()?;
    let (user, what) = (visit.get_user()?.id, "settle a friend request");
    let change = begin(visit.db()?, what)?;
    let found = friend_request::find(&change, id)?;
    let ends = found.filter(|ends| end(*ends) == user);
    let ends = ends.ok_or_else(|| Error::NotFound(format!("no friend request {id} for user {user} to settle")))?;
    friend_request::delete(&change, id)?;
    then(&change, ends)?;
    let sender = user::find(&change, ends.sender)?;
    change.commit().map_err(|e| failed(what, e))?;
    Ok(sender.map_or(String::new(), |sender| sender.name))
}

/// `POST /me/delete-friend`.
///
/// # Errors
/// `Invalid` when the form is not ours; what the database says.
pub fn remove(visit: &mut Visit) -> Result<Response> {
    let other: UserId = visit.form.get("friend-id")?.parse()?;
    let (user, what) = (visit.get_user()?.id, "end a friendship");
    let change = begin(visit.db()?, what)?;
    let name = user::find(&change, other)?.map_or(String::new(), |user| user.name);
    let ended = friend::remove(&change, user, other)?;
    change.commit().map_err(|e| failed(what, e))?;
    if ended {
        tell(visit, Kind::Ok, &texts::ENDED, &name);
    }
    Ok(visit.redirect("/me"))
}

/// A message with a name in it.
fn tell(visit: &mut Visit, kind: Kind, text: &Text, name: &str) {
    let name: String = name.chars().take(LONGEST_TOLD).collect();
    visit.flash(kind, visit.lang.fill(text, &[("name", &name)]));
}

/// `/me/friends.json`, any method: names and ids.
///
/// # Errors
/// What the database says.
pub fn list(visit: &mut Visit) -> Result<Response> {
    let friends = friend::list(visit.db()?, visit.get_user()?.id)?;
    let all: Vec<Value> = friends
        .iter()
        .map(|friend| json!({ "name": friend.name, "id": friend.id.0 }))
        .collect();
    Ok(Response::json(&Value::Array(all)).cache(0, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::{Site, Visitor};

    const ALICE: &str = "alice@example.org";
    const BOB: &str = "bob@example.org";
    const CAROL: &str = "carol@example.org";

    /// Without the requests that the instance has.
    fn site() -> Site {
        let site = Site::new();
        run(&site, "DELETE FROM friend_requests");
        site
    }

    fn run(site: &Site, sql: &str) {
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        db.execute_batch(sql).unwrap();
    }

    fn request_id(site: &Site) -> String {
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        let id: i64 = db
            .query_row("SELECT max(id) FROM friend_requests", [], |row| row.get(0))
            .unwrap();
        id.to_string()
    }

    fn asked(from: &mut Visitor, email: &str) -> String {
        assert_eq!(from.post("/me/send-friend-request", &[(EMAIL, email)]).location, "/me");
        from.get("/me").text()
    }

    #[test]
    fn who_tries_many_addresses_is_told_no_more_of_any() {
        let site = site();
        let mut carol = site.logged_in(CAROL);
        for number in 0..10 {
            let page = asked(&mut carol, &format!("x{number}@example.org"));
            assert!(page.contains("Nobody here uses"), "{number}");
        }
        let [known, unknown] = [BOB, "y@example.org"].map(|email| asked(&mut carol, email).replace(email, ""));
        assert_eq!(known, unknown);
        assert!(known.contains("Too many attempts"), "{known}");
    }

    #[test]
    fn asking_and_accepting_makes_friends() {
        let site = site();
        let (mut bob, mut carol) = (site.logged_in(BOB), site.logged_in(CAROL));
        assert!(asked(&mut bob, "CAROL@example.org").contains("Asked Carol."));
        assert!(asked(&mut bob, CAROL).contains("You have asked Carol already."));
        let page = carol.get("/me").text();
        assert!(
            page.contains("Wants to be your friend") && !page.contains(BOB),
            "{page}"
        );
        let id = request_id(&site);
        assert_eq!(bob.post("/me/accept-friend", &[("request-id", &id)]).status, 404);
        assert_eq!(carol.post("/me/accept-friend", &[("request-id", &id)]).location, "/me");
        let page = carol.get("/me").text();
        assert!(
            page.contains("You and Bob are friends now.") && page.contains(BOB),
            "{page}"
        );
        assert!(asked(&mut bob, CAROL).contains("Carol is your friend already."));
        let got = carol.get("/me/friends.json");
        assert_eq!(
            (got.text().as_str(), got.media_type.as_str()),
            ("[{\"name\":\"Bob\",\"id\":3}]", "application/json")
        );
        assert_eq!(carol.post("/me/delete-friend", &[("friend-id", "3")]).location, "/me");
        assert!(!carol.get("/me").text().contains(BOB));
        assert_eq!(carol.get("/me/friends.json").text(), "[]");
    }

    #[test]
    fn who_is_asked_back_is_a_friend_at_once() {
        let site = site();
        let (mut bob, mut carol) = (site.logged_in(BOB), site.logged_in(CAROL));
        asked(&mut bob, CAROL);
        assert!(asked(&mut carol, BOB).contains("You and Bob are friends now."));
        assert!(bob.get("/me/friends.json").text().contains("Carol"));
    }

    #[test]
    fn a_request_is_declined_by_one_and_withdrawn_by_the_other() {
        let site = site();
        let (mut bob, mut carol) = (site.logged_in(BOB), site.logged_in(CAROL));
        asked(&mut bob, CAROL);
        let id = request_id(&site);
        let id = [("request-id", id.as_str())];
        assert_eq!(carol.post("/me/withdraw-friend", &id).status, 404);
        assert_eq!(bob.post("/me/decline-friend", &id).status, 404);
        assert_eq!(site.logged_in(ALICE).post("/me/decline-friend", &id).status, 404);
        assert_eq!(carol.post("/me/decline-friend", &id).location, "/me");
        assert!(carol.get("/me").text().contains("Declined; Bob isn't told."));
        assert!(!bob.get("/me").text().contains("Declined"));
        assert_eq!(carol.post("/me/accept-friend", &id).status, 404);
        asked(&mut bob, CAROL);
        let id = request_id(&site);
        assert_eq!(bob.post("/me/withdraw-friend", &[("request-id", &id)]).location, "/me");
        assert!(bob.get("/me").text().contains("Request withdrawn."));
        assert_eq!(bob.post("/me/withdraw-friend", &[("request-id", &id)]).status, 404);
    }

    #[test]
    fn nobody_and_oneself_cannot_be_asked() {
        let site = site();
        let mut alice = site.logged_in(ALICE);
        let page = asked(&mut alice, "<b>@example.org");
        assert!(
            page.contains("Nobody here uses &lt;b&gt;@example.org.")
                && page.contains("value=\"&lt;b&gt;@example.org\""),
            "{page}"
        );
        assert!(asked(&mut alice, "Alice@Example.org").contains("That is you."));
        assert!(asked(&mut alice, &"x".repeat(10_000)).contains("Nobody here uses"));
        assert!(asked(&mut alice, "").contains("Nobody here uses"));
    }

    #[test]
    fn requests_of_deleted_accounts_are_hidden() {
        let site = site();
        run(
            &site,
            "INSERT INTO friend_requests (id, sender_id, recipient_id) VALUES (50, NULL, 2), (51, 2, NULL)",
        );
        let mut alice = site.logged_in(ALICE);
        let page = alice.get("/me").text();
        assert!(
            !page.contains("Wants to be your friend") && !page.contains("You asked"),
            "{page}"
        );
        for (path, id) in [
            ("accept", "50"),
            ("decline", "50"),
            ("withdraw", "51"),
            ("accept", "99"),
        ] {
            assert_eq!(
                alice.post(&format!("/me/{path}-friend"), &[("request-id", id)]).status,
                404,
                "{path} {id}"
            );
        }
    }

    #[test]
    fn forms_without_their_fields_are_not_ours() {
        let site = site();
        let mut alice = site.logged_in(ALICE);
        for path in [
            "send-friend-request",
            "accept-friend",
            "decline-friend",
            "withdraw-friend",
            "delete-friend",
        ] {
            let path = format!("/me/{path}");
            assert_eq!(alice.post(&path, &[]).status, 400, "{path}");
            assert_eq!(site.stranger().post(&path, &[]).status, 403, "{path}");
            assert_eq!(alice.ask("POST", &path, &[], b"").status, 400, "{path} without a token");
        }
        assert_eq!(alice.post("/me/accept-friend", &[("request-id", "x")]).status, 400);
        assert_eq!(alice.post("/me/delete-friend", &[("friend-id", "1.5")]).status, 400);
        assert_eq!(alice.post("/me/delete-friend", &[("friend-id", "99")]).location, "/me");
    }
}
