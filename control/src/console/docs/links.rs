//! Where links of the repository's pages lead once a server has them.

use pulldown_cmark::{Event, Options, Parser, Tag};
use std::ops::Range;

/// The page with links that lead somewhere on a server. What is only in the repository becomes plain text: whoever
/// reads here may have no copy of it. A link that is called by its file is called by the title of the page instead.
pub(super) fn published(markdown: &str, title_of: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut taken = 0;
    for (link, target) in links(markdown) {
        let (Some(before), Some(written)) = (markdown.get(taken..link.start), markdown.get(link.clone()))
        else {
            continue;
        };
        let Some(words) = written.strip_suffix(&format!("]({target})")) else { continue };
        let words = words.strip_prefix('[').unwrap_or(words);
        let title = words.strip_suffix(".md").and_then(title_of);
        let words = title.as_deref().unwrap_or(words);
        out.push_str(before);
        match on_a_server(&target) {
            Some(found) => out.extend(["[", words, "](", &found, ")"]),
            None => out.push_str(words),
        }
        taken = link.end;
    }
    out.push_str(markdown.get(taken..).unwrap_or_default());
    out
}

/// Where each link stands, and what it says.
fn links(markdown: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter();
    events.filter_map(|(event, range)| {
        let Event::Start(Tag::Link { dest_url, .. }) = event else { return None };
        Some((range, dest_url.into_string()))
    })
}

fn on_a_server(target: &str) -> Option<String> {
    if target.starts_with(['#', '/']) || target.starts_with("https://") {
        return Some(target.to_owned());
    }
    if target == "../api/openapi.json" {
        return Some("/openapi.json".into());
    }
    let file = target.split('#').next().unwrap_or_default();
    let beside = file.ends_with(".md") && !file.contains('/');
    beside.then(|| format!("/docs/{target}"))
}

/// The same link between pages in HTML.
pub(super) fn between_pages(target: &str) -> String {
    match target.split_once(".md") {
        Some((page, fragment)) if page.starts_with("/docs") => format!("{page}{fragment}"),
        _ => target.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{between_pages, published};

    #[test]
    fn links_lead_somewhere_or_are_words() {
        for (written, served) in [
            ("see [a](api.md#errors).", "see [a](/docs/api.md#errors)."),
            ("[api.md](api.md#errors)", "[HTTP API](/docs/api.md#errors)"),
            ("[`b`](usage.md) and [c](#here)", "[`b`](/docs/usage.md) and [c](#here)"),
            ("| [d](decisions/0001-x.md) |", "| d |"),
            ("[e](../deploy/x.conf), [f](../README.md#g)", "e, f"),
            (
                "[g](../api/openapi.json) [h](https://example.com/a.md)",
                "[g](/openapi.json) [h](https://example.com/a.md)",
            ),
            ("`[i](api.md)`", "`[i](api.md)`"),
        ] {
            assert_eq!(published(written, &|name| (name == "api").then(|| "HTTP API".into())), served);
        }
        assert_eq!(between_pages("/docs/api.md#errors"), "/docs/api#errors");
        assert_eq!(between_pages("https://example.com/a.md"), "https://example.com/a.md");
    }
}
