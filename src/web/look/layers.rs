//! The map layers that a visitor may choose from, as a page's script gets them.

use crate::config::{Layer, LayerKind};
use serde_json::{Value, json};

/// The layers, in their order. `proxy` makes an address of this site of a path, when tiles come through it: no provider
/// learns of its visitors then, and nobody of the keys in the providers' addresses.
pub fn layers(all: &[Layer], proxy: Option<&dyn Fn(&str) -> String>, is_logged_in: bool) -> Value {
    let shown = |layer: &Layer| {
        let url = match proxy {
            Some(at) => at(&format!("/tile/{}/{{z}}/{{x}}/{{y}}", layer.id)),
            None => layer.url.clone(),
        };
        let kind = match layer.kind {
            LayerKind::Base => "base",
            LayerKind::Overlay => "overlay",
        };
        json!({
            "name": layer.name,
            "url": url,
            "attribution": layer.attribution,
            "type": kind,
            "zoom": layer.max_zoom,
        })
    };
    let theirs = all.iter().filter(|layer| layer.is_for(is_logged_in));
    theirs.map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Access;

    fn layer(id: &str, kind: LayerKind, access: Access) -> Layer {
        Layer {
            id: id.to_owned(),
            name: id.to_uppercase(),
            kind,
            max_zoom: Some(19),
            url: format!("https://{id}.example/{{z}}/{{x}}/{{y}}?key=k"),
            attribution: "© <a href=\"https://example.org\">x</a>".to_owned(),
            access,
        }
    }

    #[test]
    fn a_visitor_gets_the_layers_that_are_theirs_in_their_order() {
        let all = [
            layer("a", LayerKind::Base, Access::Public),
            layer("b", LayerKind::Base, Access::Restricted),
            layer("c", LayerKind::Overlay, Access::Public),
        ];
        let at = |path: &str| format!("/bikes{path}");
        let names = |value: &Value| -> Vec<String> {
            let layers = value.as_array().unwrap().iter();
            layers.map(|layer| layer["name"].as_str().unwrap().to_owned()).collect()
        };
        let stranger = layers(&all, Some(&at), false);
        assert_eq!(names(&stranger), ["A", "C"]);
        assert_eq!(stranger[0]["url"], "/bikes/tile/a/{z}/{x}/{y}");
        assert_eq!(
            (&stranger[0]["type"], &stranger[1]["type"]),
            (&json!("base"), &json!("overlay"))
        );
        // Not even the address of a proxied layer is told: it may hold the operator's key.
        assert!(!stranger.to_string().contains("key"), "{stranger}");
        let bare = layers(&all, None, true);
        assert_eq!(names(&bare), ["A", "B", "C"]);
        assert_eq!(bare[1]["url"], "https://b.example/{z}/{x}/{y}?key=k");
    }
}
