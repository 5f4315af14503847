//! The letters with a token, written down beside it.

use crate::clock;
use crate::error::Result;
use crate::mail;
use crate::model::mail::NewMail;
use crate::model::token::{self, Kind};
use crate::model::user::User;
use crate::model::{UserId, failed, mail as queue};
use crate::web::lang::Text;
use crate::web::page::begin;
use crate::web::text::mail as texts;
use crate::web::visit::Visit;
use rusqlite::Connection;
use time::Duration;

/// So many letters an hour go to one account, whoever asks for them.
const MOST: u64 = 5;
/// A user that there is not.
const NOBODY: UserId = UserId(0);

/// What a letter says and what its token allows.
pub(super) struct Letter {
    kind: Kind,
    subject: Text,
    body: Text,
}

/// To a new account: prove the address.
pub(super) const VERIFY: Letter = Letter {
    kind: Kind::VerifyEmail,
    subject: texts::VERIFY_SUBJECT,
    body: texts::VERIFY,
};
/// To who forgot: choose a new password.
pub(super) const RESET: Letter = Letter {
    kind: Kind::ResetPassword,
    subject: texts::RESET_SUBJECT,
    body: texts::RESET,
};
/// To who has an account and was about to make another.
pub(super) const TAKEN: Letter = Letter {
    kind: Kind::ResetPassword,
    subject: texts::TAKEN_SUBJECT,
    body: texts::TAKEN,
};

/// Makes a token for a user and writes its letter down, in the transaction that the caller holds; the caller commits
/// and rings the bell. For nobody, and for who got many already, the same is done and undone within the
/// transaction: the answer takes as long.
pub(super) fn write(visit: &Visit, db: &Connection, to: Option<(UserId, &str)>, letter: &Letter) -> Result<()> {
    let now = clock::now_wall();
    let (id, recipient) = to.unwrap_or((NOBODY, ""));
    let flooded = token::count_younger(db, id, Duration::hours(1), now)? >= MOST;
    if flooded {
        log::warn!("user {id} gets no more mail for now: {MOST} within an hour");
    }
    let token = token::insert(db, id, letter.kind, now)?;
    let link = visit.mail_link(&format!("/token/{}", token.uuid));
    let words = [("site", visit.mail_link("/")), ("link", link)];
    let words = words.each_ref().map(|(name, value)| (*name, value.as_str()));
    let new = NewMail {
        message_id: &mail::new_id(&visit.config().email.from)?,
        recipient,
        subject: visit.lang.text(&letter.subject),
        body: &visit.lang.fill(&letter.body, &words),
    };
    queue::insert(db, token.id, &new, now)?;
    if to.is_none() || flooded {
        token::delete(db, token.id)?;
    }
    Ok(())
}

/// Writes a letter for the account that `find` gives, if it gives one, and rings.
pub(super) fn send(
    visit: &Visit,
    letter: &Letter,
    find: impl FnOnce(&Connection) -> Result<Option<User>>,
) -> Result<()> {
    let what = "write a mail down";
    let hold = begin(visit.db()?, what)?;
    let user = find(&hold)?;
    write(
        visit,
        &hold,
        user.as_ref().map(|user| (user.id, user.email.as_str())),
        letter,
    )?;
    hold.commit().map_err(|e| failed(what, e))?;
    visit.bell.ring();
    Ok(())
}
