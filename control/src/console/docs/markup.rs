//! HTML from Markdown: headings that can be linked to, tables in the console's own form, nothing raw.

use super::links::between_pages;
use pulldown_cmark::{Alignment, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::collections::HashMap;

/// The page as HTML. HTML that stands in the Markdown is shown as it was written.
pub(super) fn html(markdown: &str) -> String {
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, Options::ENABLE_TABLES).collect();
    let mut writer = Writer::default();
    let shown = events.iter().enumerate().map(|(at, event)| {
        let after = events.get(at + 1..).unwrap_or_default();
        writer.shown(event.clone(), after)
    });
    let mut out = String::with_capacity(markdown.len() * 2);
    pulldown_cmark::html::push_html(&mut out, shown);
    out
}

/// What has to be known of what came before.
#[derive(Default)]
struct Writer {
    /// The ids given out, and how often each was wanted.
    ids: HashMap<String, usize>,
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
    /// What ends the cell that was begun.
    cell: &'static str,
}

impl Writer {
    fn shown<'m>(&mut self, event: Event<'m>, after: &[Event<'m>]) -> Event<'m> {
        if let Event::Html(text) | Event::InlineHtml(text) = event {
            return Event::Text(text);
        }
        if let Event::Start(Tag::Heading { level, classes, attrs, .. }) = event {
            let id = Some(self.id(level, after).into());
            return Event::Start(Tag::Heading { level, id, classes, attrs });
        }
        if let Event::Start(Tag::Link { link_type, dest_url, title, id }) = event {
            let dest_url = between_pages(&dest_url).into();
            return Event::Start(Tag::Link { link_type, dest_url, title, id });
        }
        let begun = if let Event::Start(tag) = &event { self.begin(tag, after) } else { None };
        let ended = if let Event::End(tag) = &event { self.end(*tag) } else { None };
        begun.or(ended).map_or(event, |text| Event::Html(text.into()))
    }

    /// Tables are written here: alignment would else be a `style` attribute, which the policy of pages forbids.
    fn begin(&mut self, tag: &Tag<'_>, after: &[Event<'_>]) -> Option<&'static str> {
        if let Tag::Table(columns) = tag {
            self.columns.clone_from(columns);
            return Some("<div class=\"table\"><table>");
        }
        self.in_head = matches!(tag, Tag::TableHead) || self.in_head && !matches!(tag, Tag::TableRow);
        if matches!(tag, Tag::TableHead | Tag::TableRow) {
            self.column = 0;
            let is_empty = words(after, TagEnd::TableHead).next().is_none();
            return Some(match (self.in_head, is_empty) {
                (true, false) => "<thead><tr>",
                // A table has to have a head in Markdown, and some have nothing to say there.
                (true, true) => "<thead hidden><tr>",
                (false, _) => "<tr>",
            });
        }
        if !matches!(tag, Tag::TableCell) {
            return None;
        }
        let is_number = self.columns.get(self.column) == Some(&Alignment::Right);
        self.column += 1;
        let is_heading = self.in_head && words(after, TagEnd::TableCell).next().is_some();
        self.cell = if is_heading { "</th>" } else { "</td>" };
        Some(match (is_heading, is_number) {
            (true, false) => "<th scope=\"col\">",
            (true, true) => "<th scope=\"col\" class=\"number\">",
            (false, false) => "<td>",
            (false, true) => "<td class=\"number\">",
        })
    }

    fn end(&self, tag: TagEnd) -> Option<&'static str> {
        [
            (TagEnd::Table, "</tbody></table></div>\n"),
            (TagEnd::TableHead, "</tr></thead><tbody>\n"),
            (TagEnd::TableRow, "</tr>\n"),
            (TagEnd::TableCell, self.cell),
        ]
        .into_iter()
        .find_map(|(ended, text)| (ended == tag).then_some(text))
    }

    /// As the usual places for Markdown make them, so that links work there and here: lower case, hyphens for
    /// spaces, no punctuation, a number where the same was there before.
    fn id(&mut self, level: HeadingLevel, after: &[Event<'_>]) -> String {
        let heading: String = words(after, TagEnd::Heading(level)).collect();
        let kept = heading
            .chars()
            .flat_map(char::to_lowercase)
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let id: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let before = self.ids.entry(id.clone()).or_default();
        *before += 1;
        if *before == 1 { id } else { format!("{id}-{}", *before - 1) }
    }
}

/// What is said until this ends.
fn words<'e>(after: &'e [Event<'_>], end: TagEnd) -> impl Iterator<Item = &'e str> {
    let inside = after.iter().take_while(move |event| **event != Event::End(end));
    inside.filter_map(|event| {
        if let Event::Text(text) | Event::Code(text) = event { Some(text.as_ref()) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn headings_have_the_ids_that_links_name() {
        let page = html("# One `two` three!\n\n## A\n\n## A\n");
        assert!(page.contains("<h1 id=\"one-two-three\">One <code>two</code> three!</h1>"), "{page}");
        assert!(page.contains("<h2 id=\"a\">") && page.contains("<h2 id=\"a-1\">"), "{page}");
    }

    #[test]
    fn tables_are_the_consoles_own_and_have_no_style_attribute() {
        let page = html("| a | b |\n|---|--:|\n| x | 1 |\n");
        let head = "<div class=\"table\"><table><thead><tr><th scope=\"col\">a</th><th scope=\"col\" class=\"number\">b</th></tr></thead>";
        assert!(page.starts_with(head), "{page}");
        assert!(
            page.contains("<tbody>\n<tr><td>x</td><td class=\"number\">1</td></tr>\n</tbody></table></div>"),
            "{page}"
        );
    }

    #[test]
    fn a_heading_that_says_nothing_is_none() {
        let page = html("| | b |\n|---|---|\n| x | 1 |\n\n| | |\n|---|---|\n| y | 2 |\n");
        assert!(page.contains("<thead><tr><td></td><th scope=\"col\">b</th>"), "{page}");
        assert!(page.contains("<thead hidden><tr><td></td><td></td>"), "{page}");
    }

    #[test]
    fn raw_html_is_shown_and_never_passed_on() {
        for text in
            ["<script>alert(1)</script>\n", "a <b onclick=x>c</b>", "<!-- x -->\n\n<div>\n\ny\n\n</div>"]
        {
            let page = html(text);
            assert!(!page.contains("<script") && !page.contains("<b") && !page.contains("<div"), "{page}");
            assert!(page.contains("&lt;"), "{page}");
        }
    }
}
