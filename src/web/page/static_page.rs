//! A page of the operator's: its title and its words, as they wrote them.

use super::look;
use crate::error::{Error, Result};
use crate::pages;
use crate::web::look::frame::{Page, Place, page_head};
use crate::web::response::Response;
use crate::web::visit::Visit;
use maud::{PreEscaped, html};

/// `/page/{slug}`, any method.
///
/// # Errors
/// `NotFound` when no page of that slug is meant for this visitor.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let slug = visit.param("slug")?;
    let found = visit.pages.find(slug, visit.reader());
    let page = found.ok_or_else(|| Error::NotFound(format!("no page {slug:?} for this visitor")))?;
    answer(visit, page)
}

/// The page as an answer.
///
/// # Errors
/// `Failed` when the system gives no random bytes.
pub fn answer(visit: &mut Visit, page: &pages::Page) -> Result<Response> {
    let content = html! {
        (page_head(html! { h1 .user dir="auto" { (page.title) } }, None, None))
        div .prose .section .ownpage { (PreEscaped(&page.html)) }
    };
    let mut framed = Page::new(&page.title, Place::Elsewhere);
    framed.indexed = true;
    let look = look(visit)?;
    Ok(super::answer(visit, look, &framed, content))
}

#[cfg(test)]
mod tests {
    use crate::scratch::Scratch;
    use crate::web::page::visitor::Site;

    fn site(files: &[(&str, &str)]) -> Site {
        let dir = Scratch::new();
        for (name, text) in files {
            std::fs::write(dir.join(name), text).unwrap();
        }
        Site::with(&format!("fietsboek.pages = {}\n", dir.path().display()))
    }

    const ABOUT: &str =
        "title: About <us>\nlink-name: About & so on\nslug: about\nindex: 1\n\n# Us\n\n<b onclick=x>raw</b>\n";

    #[test]
    fn a_page_is_shown_as_it_was_written_with_its_entry_in_the_menu() {
        let site = site(&[("a.md", ABOUT)]);
        let got = site.stranger().get("/page/about");
        let html = got.text();
        assert_eq!(got.status, 200);
        assert!(
            html.contains("<h1 class=\"user\" dir=\"auto\">About &lt;us&gt;</h1>"),
            "{html}"
        );
        assert!(
            html.contains("<h2>Us</h2>") && html.contains("<b onclick=x>raw</b>"),
            "{html}"
        );
        assert!(
            html.contains("href=\"/page/about\" aria-current=\"page\">About &amp; so on"),
            "{html}"
        );
        assert!(
            got.header("Content-Security-Policy").contains("script-src 'self'"),
            "{}",
            got.head
        );
        // In the header, and once more for phones: in the foot, or in the account's panel.
        assert_eq!(html.matches("href=\"/page/about\"").count(), 2, "{html}");
        let html = site.logged_in("bob@example.org").get("/").text();
        assert_eq!(html.matches("href=\"/page/about\"").count(), 2, "{html}");
        assert!(
            html.find("Upload</a>").unwrap() < html.find("About &amp;").unwrap(),
            "{html}"
        );
        assert_eq!(site.stranger().get("/page/nothing").status, 404);
        assert_eq!(site.stranger().post("/page/about", &[]).status, 200);
    }

    #[test]
    fn a_page_for_the_root_greets_whoever_is_not_logged_in() {
        let head = "link-name: Hello\nslug: /\nindex: -1";
        let site = site(&[
            ("a.md", &format!("title: Moin\nlocale: de\n{head}\n\nWörter")),
            ("b.md", &format!("title: Hello there\n{head}\n\nWords")),
        ]);
        let html = site.stranger().get("/").text();
        assert!(html.contains("Hello there") && !html.contains("kept well"), "{html}");
        assert!(
            html.contains("<a class=\"own user\" dir=\"auto\" href=\"/\" aria-current=\"page\">Hello</a>"),
            "{html}"
        );
        assert!(site.stranger().get("/?_LOCALE_=de").text().contains("Moin"));
        assert!(
            site.logged_in("bob@example.org")
                .get("/")
                .text()
                .contains("Your tracks")
        );
    }

    #[test]
    fn pages_for_some_are_not_there_for_others() {
        let head = "title: T\nlink-name: L\nindex: 3";
        let site = site(&[
            ("a.md", &format!("{head}\nslug: in\nshow-to: logged-in\n\nx")),
            ("b.md", &format!("{head}\nslug: out\nshow-to: logged-out\n\nx")),
        ]);
        let mut bob = site.logged_in("bob@example.org");
        assert_eq!((bob.get("/page/in").status, bob.get("/page/out").status), (200, 404));
        assert_eq!(
            (
                site.stranger().get("/page/in").status,
                site.stranger().get("/page/out").status
            ),
            (404, 200)
        );
        assert!(!site.stranger().get("/track/").text().contains("/page/in"));
    }
}
