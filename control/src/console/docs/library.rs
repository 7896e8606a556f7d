//! What there is to read: the pages of `docs/`, each written once and told in three forms.

use super::links::published;
use super::markup::html;
use super::text::Text;
use std::fmt::Write;
use std::sync::LazyLock;

/// The first line of each page, for programs that read.
const POINTER: &str = "> **For AI agents:** the index is at [/llms.txt](/llms.txt). Append `.md` to a page's address \
    for Markdown.\n\n";

/// A page as it is in the repository.
struct Source {
    name: &'static str,
    /// What it is about.
    about: &'static str,
    markdown: &'static str,
}

macro_rules! source {
    ($name:literal, $about:literal) => {
        Source {
            name: $name,
            about: $about,
            markdown: include_str!(concat!("../../../../docs/", $name, ".md")),
        }
    };
}

/// In the order in which one reads them.
const SOURCES: [Source; 14] = [
    source!("quickstart", "from a new server to a first key that is verified and revoked"),
    source!("api", "all routes, fields and errors of the HTTP API, and how a service verifies a key"),
    source!(
        "catalog",
        "how scopes, resource filters, access presets, roles, plans and routes are written and read"
    ),
    source!("console", "the pages for people: first owner, signing in, what there is"),
    source!("usage", "what a change of a key would break, and what a key does not need"),
    source!("tokens", "short-lived access tokens: bought with a key, verified, taken back"),
    source!("graphql", "the same for clients that speak GraphQL"),
    source!("gateways", "nginx, Caddy, Traefik, HAProxy, APISIX and Envoy in front of an API"),
    source!("gateway", "the gateway that is built in, where nothing stands in front of an API"),
    source!("configuration", "flags, variables, the configuration file, all commands and exit codes"),
    source!("operations", "running it: start, back up, restore, upgrade, a full disk, PostgreSQL"),
    source!("logging", "log lines and metrics"),
    source!("performance", "what was measured, and against what"),
    source!(
        "published-systems",
        "what published systems say of their API keys and what of it is here, test by test"
    ),
];

/// A page, ready to be sent.
pub(super) struct Page {
    pub(super) name: &'static str,
    pub(super) title: String,
    about: &'static str,
    pub(super) html: String,
    pub(super) markdown: Text,
}

/// Everything that is served.
pub(super) struct Library {
    pub(super) pages: Vec<Page>,
    pub(super) index: Page,
    /// The index as <https://llmstxt.org> has it.
    pub(super) short: Text,
    /// All pages in one text.
    pub(super) full: Text,
}

/// Made once: nothing in it depends on who asks.
pub(super) static LIBRARY: LazyLock<Library> = LazyLock::new(Library::new);

impl Library {
    fn new() -> Library {
        let named = |name: &str| SOURCES.iter().find(|source| source.name == name);
        let title_of = |name: &str| named(name).map(|source| title(source.markdown));
        let written = SOURCES.map(|source| (published(source.markdown, &title_of), source));
        let mut full = String::from("# Keydesk: the whole documentation\n");
        for (markdown, source) in &written {
            let _ = write!(full, "\n---\n\nSource: /docs/{}.md\n\n{markdown}", source.name);
        }
        let pages: Vec<Page> =
            written.into_iter().map(|(text, source)| Page::new(source.name, source.about, &text)).collect();
        let list = list(&pages);
        let index = format!("# Documentation\n\n{WHAT}\n\n{list}");
        Library {
            index: Page::new("", "the index", &index),
            short: Text::plain(format!("# Keydesk\n\n> {WHAT}\n\n## Documentation\n\n{list}\n{OPTIONAL}")),
            full: Text::plain(full),
            pages,
        }
    }

    pub(super) fn page(&self, name: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.name == name)
    }
}

const WHAT: &str = "Keydesk issues API keys, says what each key may do and from where, tells services whether a call \
    with a key may pass, counts what keys are used for, and revokes them at once.";
const OPTIONAL: &str = "## Optional

- [OpenAPI](/openapi.json): the formal description of the HTTP API
- [All pages in one](/llms-full.txt): the whole documentation as one text
";

impl Page {
    fn new(name: &'static str, about: &'static str, markdown: &str) -> Page {
        let whole = format!("{POINTER}{markdown}");
        Page { name, title: title(markdown), about, html: html(&whole), markdown: Text::markdown(whole) }
    }
}

/// What the first heading says.
fn title(markdown: &str) -> String {
    let heading = markdown.lines().find_map(|line| line.strip_prefix("# "));
    heading.unwrap_or_default().replace('`', "")
}

fn list(pages: &[Page]) -> String {
    let line = |page: &Page| format!("- [{}](/docs/{}.md): {}\n", page.title, page.name, page.about);
    pages.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{LIBRARY, SOURCES};

    #[test]
    fn every_page_of_the_folder_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let pages = files.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
        let mut names: Vec<String> =
            pages.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        names.sort();
        let mut served = SOURCES.map(|source| source.name.to_owned());
        served.sort();
        assert_eq!(names, served);
    }

    #[test]
    fn every_link_between_pages_leads_to_a_page_and_a_heading() {
        let (mut wrong, mut found) = (Vec::new(), 0);
        for page in LIBRARY.pages.iter().chain([&LIBRARY.index]) {
            for rest in page.html.split("href=\"").skip(1) {
                let href = rest.split('"').next().unwrap();
                found += 1;
                let (path, fragment) = href.split_once('#').unwrap_or((href, ""));
                let there = match path.strip_prefix("/docs/") {
                    _ if ["https://", "/llms.txt", "/openapi.json"]
                        .iter()
                        .any(|start| path.starts_with(start)) =>
                    {
                        continue;
                    }
                    None if path.is_empty() => Some(page),
                    None => None,
                    Some(name) => LIBRARY.page(name),
                };
                let heading = format!(" id=\"{fragment}\"");
                if !there.is_some_and(|page| fragment.is_empty() || page.html.contains(&heading)) {
                    wrong.push(format!("{}: {href}", page.name));
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
        assert!(found > 80, "only {found} links");
    }
}
