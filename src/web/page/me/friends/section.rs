//! The section of the personal area: who asked, who was asked, who is a friend, and a line to ask somebody.

use super::EMAIL;
use crate::model::FriendRequestId;
use crate::model::friend::Friend;
use crate::model::friend_request::FriendRequest;
use crate::web::lang::Text;
use crate::web::look::Look;
use crate::web::look::form::csrf;
use crate::web::look::icon;
use crate::web::look::panel::{Sure, sure_with};
use crate::web::look::person::initial;
use crate::web::page::me::{Line, Shown, line};
use crate::web::text::me as texts;
use maud::{Markup, html};

pub fn section(look: &Look, shown: &Shown) -> Markup {
    let email = Line {
        kind: "email",
        value: shown.draft.find(EMAIL).unwrap_or_default(),
        complete: Some("off"),
        required: true,
    };
    html! {
        @if !shown.received.is_empty() {
            h3 { (look.say(&texts::RECEIVED)) }
            ul .lines { @for request in &shown.received { li { (received(look, request)) } } }
        }
        @if !shown.sent.is_empty() {
            h3 { (look.say(&texts::SENT)) }
            ul .lines { @for request in &shown.sent { li { (sent(look, request)) } } }
        }
        @if shown.friends.is_empty() {
            p { (look.say(&texts::NO_FRIENDS)) }
        } @else {
            @if !shown.received.is_empty() || !shown.sent.is_empty() { h3 { (look.say(&texts::FRIENDS)) } }
            ul .lines { @for friend in &shown.friends { li { (one(look, friend)) } } }
        }
        form .form .section method="post" action=(look.path("/me/send-friend-request")) {
            (csrf(look))
            (line(look, shown, EMAIL, &texts::FRIEND_EMAIL, Some(&texts::FRIEND_HINT), email))
            p .buttons { button .button { (look.say(&texts::ASK)) } }
        }
    }
}

fn named(look: &Look, name: &str, below: Markup) -> Markup {
    let name = match name.trim() {
        "" => look.say(&texts::NAMELESS),
        name => name,
    };
    html! {
        (initial(name))
        div .what { p .user dir="auto" { b { (name) } } (below) }
    }
}

fn since(look: &Look, request: &FriendRequest) -> Markup {
    let date = look.lang.date(request.date.date());
    html! { p .meta { (look.lang.fill(&texts::SINCE, &[("date", &date)])) } }
}

/// A button that sends an id; `whose` names the row to those who only hear the button.
fn button(look: &Look, action: &str, id: FriendRequestId, text: &Text, whose: &str) -> Markup {
    html! {
        form method="post" action=(look.path(action)) {
            (csrf(look))
            input type="hidden" name="request-id" value=(id);
            button .button { (look.say(text)) span .hidden { ": " (whose) } }
        }
    }
}

fn received(look: &Look, request: &FriendRequest) -> Markup {
    let name = &request.person.name;
    html! {
        (named(look, name, since(look, request)))
        div .buttons {
            (button(look, "/me/accept-friend", request.id, &texts::ACCEPT, name))
            (button(look, "/me/decline-friend", request.id, &texts::DECLINE, name))
        }
    }
}

fn sent(look: &Look, request: &FriendRequest) -> Markup {
    let name = &request.person.name;
    html! {
        (named(look, name, since(look, request)))
        div .buttons { (button(look, "/me/withdraw-friend", request.id, &texts::WITHDRAW, name)) }
    }
}

fn one(look: &Look, friend: &Friend) -> Markup {
    let heading = look.lang.fill(&texts::REMOVE_TITLE, &[("name", &friend.name)]);
    let second = Sure {
        heading: &heading,
        consequence: &texts::REMOVE_TEXT,
        button: &texts::REMOVE_SURE,
        action: look.path("/me/delete-friend"),
    };
    let id = html! { input type="hidden" name="friend-id" value=(friend.id); };
    html! {
        (named(look, &friend.name, html! { p .meta { (friend.email) } }))
        div .buttons { (sure_with(look, &texts::REMOVE, icon::DELETE, &second, id, false)) }
    }
}
