//! The pages about the organization and who is in it.

mod accounts;
mod invitations;
mod log;
mod members;
mod names;
mod plans;
mod projects;
mod rights;
mod sessions;
mod settings;

use crate::harness::{Answer, Tally};

/// No fields.
const NOTHING: [(&str, &str); 0] = [];

/// The value of the page's input of this name.
fn value_of(page: &Answer, name: &str) -> String {
    let text = page.text();
    let input = text.split("<input").skip(1).find(|input| input.contains(&format!("name=\"{name}\"")));
    let input = input.unwrap_or_else(|| panic!("no field {name} on {page:?}"));
    attribute(input, "value")
}

/// The value of the page's element of this id.
fn value_at(page: &Answer, id: &str) -> String {
    let text = page.text();
    let input = text.split('<').find(|element| element.contains(&format!("id=\"{id}\"")));
    attribute(input.unwrap_or_else(|| panic!("no element {id} on {page:?}")), "value")
}

fn attribute(element: &str, name: &str) -> String {
    let start = format!("{name}=\"");
    let found = element.split('>').next().and_then(|tag| tag.split(&start).nth(1));
    let value = found.and_then(|rest| rest.split('"').next());
    value.unwrap_or_else(|| panic!("no {name} on {element}")).to_owned()
}

/// Where the page leads on from a form.
fn location(answer: &Answer) -> &str {
    answer.header("location").unwrap_or_default()
}

impl Tally {
    /// The form did what it says, and goes on to this page.
    fn sees(&mut self, case: &str, answer: &Answer, path: &str) {
        self.equal(case, &(answer.status, location(answer)), &(303, path));
    }

    /// The form comes back, and says why.
    fn again(&mut self, case: &str, answer: &Answer, why: &str) {
        self.status(case, answer, 422);
        let text = answer.text();
        let says = text.contains("role=\"alert\"") && text.contains("<title>Error: ") && text.contains(why);
        self.that(says, format_args!("{case}: says {why}"), &text);
    }

    /// The page holds this text, or does not.
    fn shows(&mut self, case: &str, page: &Answer, text: &str, shown: bool) {
        self.that(
            page.text().contains(text) == shown,
            format_args!("{case}: {text} ({shown})"),
            &page.text(),
        );
    }
}
