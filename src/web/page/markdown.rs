//! What is being written in Markdown, as it will be read: for the script of the form.

use crate::error::Result;
use crate::markdown::to_html;
use crate::web::response::Response;
use crate::web::visit::Visit;

/// `POST /markdown`: the field `text` as safe HTML, without a page around it. Pictures of other sites are links
/// here, whatever the configuration says: the form's page may not load them.
///
/// # Errors
/// `Invalid` when there is no such field.
pub fn show(visit: &mut Visit) -> Result<Response> {
    Ok(Response::html(to_html(visit.form.get("text")?, false)).no_store())
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;

    #[test]
    fn who_is_logged_in_sees_their_text_as_others_will() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let text = alice
            .post("/markdown", &[("text", "**bold** <script>x</script>")])
            .text();
        assert!(
            text.starts_with("<p><strong>bold</strong>") && !text.contains("<script"),
            "{text}"
        );
        assert_eq!(alice.post("/markdown", &[]).status, 400);
        assert_eq!(site.stranger().post("/markdown", &[("text", "x")]).status, 403);
    }
}
