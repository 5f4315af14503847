//! How the instance does: numbers, storage, housekeeping, the maintenance mode, what it runs on.

use super::{Part, page};
use crate::clock;
use crate::error::Result;
use crate::model::census::{self, Census};
use crate::model::last_run;
use crate::model::storage::{self, Storage};
use crate::platform;
use crate::schema;
use crate::web::lang::Text;
use crate::web::lang::figure::Amount;
use crate::web::look::Look;
use crate::web::look::bars::stacked;
use crate::web::look::figure::entry;
use crate::web::look::icon::{self, icon};
use crate::web::page::look;
use crate::web::response::Response;
use crate::web::text::{admin as texts, count};
use crate::web::visit::Visit;
use maud::{Markup, html};
use time::Duration;

/// `/admin/`
///
/// # Errors
/// What the database says.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let dir = &visit.instance().dir;
    let ini = visit
        .config()
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let shown = Shown {
        census: census::take(visit.db()?)?,
        storage: storage::measure(dir),
        since_cron: last_run::find(dir).map(|at| clock::now() - at),
        ini,
        platform: platform::name(),
    };
    let look = look(visit)?;
    let content = view(&look, &shown);
    Ok(page(visit, look, Part::Overview, content))
}

/// What the page shows.
struct Shown {
    census: Census,
    storage: Storage,
    /// How long ago fietscron came to its end; absent when it never did.
    since_cron: Option<Duration>,
    /// The INI file's name, without its directory: no path reaches a page.
    ini: String,
    platform: String,
}

fn view(look: &Look, shown: &Shown) -> Markup {
    html! {
        (figures(look, shown))
        section {
            h2 { (look.say(&texts::STORAGE)) }
            (parts(look, &shown.storage))
        }
        section {
            h2 { (look.say(&texts::HOUSEKEEPING)) }
            (housekeeping(look, shown.since_cron))
        }
        section {
            h2 { (look.say(&texts::MAINTENANCE)) }
            p { (look.say(&texts::IS_OFF)) }
            p .command .mono { "fietsctl maintenance-mode -c " (quoted(&shown.ini)) " \"" (look.say(&texts::REASON)) "\"" }
        }
        section {
            h2 { (look.say(&texts::SYSTEM)) }
            table .exact { tbody {
                (fact(look, &texts::VERSION, env!("CARGO_PKG_VERSION")))
                (fact(look, &texts::SCHEMA, &format!("{} ({})", schema::HEAD, schema::VERSION)))
                (fact(look, &texts::PLATFORM, &shown.platform))
            } }
        }
    }
}

fn fact(look: &Look, name: &Text, value: &str) -> Markup {
    html! { tr { th scope="row" { (look.say(name)) } td .user { (value) } } }
}

/// A name as a shell takes it for one word.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', "'\\''")),
    }
}

fn figures(look: &Look, shown: &Shown) -> Markup {
    let number = |value: u64| {
        let text = look.lang.whole(i64::try_from(value).unwrap_or(i64::MAX));
        Amount {
            spoken: text.clone(),
            value: text,
            unit: "",
        }
    };
    let data = look.lang.bytes(shown.storage.total());
    let data = Amount {
        spoken: data.clone(),
        value: data,
        unit: "",
    };
    html! {
        dl .figures .four {
            (entry(look, &texts::PEOPLE, number(shown.census.people), false))
            (entry(look, &texts::TRACKS, number(shown.census.tracks), false))
            (entry(look, &texts::DATA, data, false))
            (entry(look, &texts::WAITING, number(shown.census.waiting), false))
        }
    }
}

/// The bar and the table that tells its parts apart.
fn parts(look: &Look, storage: &Storage) -> Markup {
    let total = storage.total().max(1) as f64;
    let parts = [
        ("gpx", &texts::GPX, storage.gpx),
        ("photos", &texts::PHOTOS, storage.photos),
        ("previews", &texts::PREVIEWS, storage.previews),
        ("maps", &texts::MAPS, storage.maps),
        ("other", &texts::OTHER, storage.other),
    ];
    let share = |size: u64| size as f64 / total;
    let percent = |size: u64| format!("{}\u{202f}%", look.lang.decimal(share(size) * 100.0, 0));
    let summary: Vec<String> = parts
        .iter()
        .map(|(_, name, size)| format!("{} {}", look.say(name), percent(*size)))
        .collect();
    html! {
        (stacked(&summary.join(", "), &parts.map(|(class, _, size)| (class, share(size)))))
        table {
            thead { tr {
                th scope="col" { (look.say(&texts::KIND)) }
                th .num scope="col" { (look.say(&texts::SIZE)) }
                th .num scope="col" { (look.say(&texts::SHARE)) }
            } }
            tbody {
                @for (class, name, size) in parts {
                    tr {
                        th scope="row" {
                            svg .swatch viewBox="0 0 14 14" aria-hidden="true" { rect class=(class) width="14" height="14" rx="3" {} }
                            " " (look.say(name))
                        }
                        td .num { (look.lang.bytes(size)) }
                        td .num { (percent(size)) }
                    }
                }
            }
        }
        @if storage.is_cut_short { p .meta { (look.say(&texts::CUT_SHORT)) } }
    }
}

/// How long fietscron may be away before it is missed.
const LATE: Duration = Duration::hours(1);

fn housekeeping(look: &Look, since: Option<Duration>) -> Markup {
    let is_well = since.is_some_and(|since| since <= LATE);
    let text = match since {
        Some(since) => look.lang.fill(&texts::RAN, &[("ago", &ago(look, since))]),
        None => look.say(&texts::NEVER_RAN).to_owned(),
    };
    html! {
        p .housekeeping .(if is_well { "ok" } else { "warn" }) {
            (icon(look, if is_well { icon::CHECK } else { icon::WARN })) span { (text) }
        }
    }
}

fn ago(look: &Look, since: Duration) -> String {
    let number = |whole: i64| u64::try_from(whole).unwrap_or(0);
    let (minutes, hours) = (number(since.whole_minutes()), number(since.whole_hours()));
    match (minutes, hours) {
        (0, _) => look.say(&texts::JUST_NOW).to_owned(),
        (_, 0) => count(look.lang, minutes, &texts::MINUTES_AGO),
        (_, 1..48) => count(look.lang, hours, &texts::HOURS_AGO),
        _ => count(look.lang, hours / 24, &texts::DAYS_AGO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::page::visitor::Site;
    use std::fs;

    #[test]
    fn it_is_for_administrators() {
        let site = Site::new();
        for path in ["/admin/", "/admin/badges/"] {
            assert_eq!(site.stranger().get(path).status, 403, "{path}");
            assert_eq!(site.logged_in("alice@example.org").get(path).status, 403, "{path}");
            assert_eq!(site.logged_in("admin@example.org").get(path).status, 200, "{path}");
        }
    }

    #[test]
    fn a_data_directory_with_nothing_or_oddities_in_it_is_no_fault() {
        let site = Site::new();
        let dir = &site.app.instance.dir;
        let mut admin = site.logged_in("admin@example.org");
        let html = admin.get("/admin/").text();
        assert!(
            html.contains("fietscron has not run yet") && html.contains(schema::HEAD),
            "{html}"
        );
        assert!(!html.contains(&dir.path().display().to_string()), "{html}");
        assert!(html.contains("fietsctl maintenance-mode -c production.ini"), "{html}");
        fs::create_dir_all(dir.users().join("nobody")).unwrap();
        fs::write(dir.tracks().join("notes.txt"), "x").unwrap();
        assert_eq!(admin.get("/admin/").status, 200);
        fs::remove_dir_all(dir.users()).unwrap();
        fs::remove_dir_all(dir.tracks()).unwrap();
        assert_eq!(admin.get("/admin/").status, 200);
    }

    #[test]
    fn after_an_hour_fietscron_is_missed() {
        for (minutes, class, text) in [
            (0, "ok", "gerade eben"),
            (1, "ok", "vor 1 Minute."),
            (60, "ok", "vor 1 Stunde"),
            (61, "warn", "vor 1 Stunde"),
            (2900, "warn", "vor 2 Tagen"),
            (-5, "ok", "gerade eben"),
        ] {
            let look = crate::web::look::look(Lang::De);
            let html = housekeeping(&look, Some(Duration::minutes(minutes))).into_string();
            assert!(
                html.contains(&format!("housekeeping {class}")) && html.contains(text),
                "{minutes}: {html}"
            );
        }
    }

    #[test]
    fn a_name_stays_one_word_for_the_shell() {
        assert_eq!(quoted("fietsboek.ini"), "fietsboek.ini");
        assert_eq!(quoted("my site's.ini"), "'my site'\\''s.ini'");
    }
}
