//! `keydesk key`: API keys on a running server.

mod advice;
mod change;
mod create;
mod grant;
mod import;
mod list;
mod preview;
mod review;
mod revoke;
mod secret_file;
mod settings;
mod view;

use crate::client::Connection;
use crate::exit::Fault;
use crate::output::Format;

/// What can be done with keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Key {
    /// Make a key; its secret is printed this once. It is a ProjectEditor unless something else is said
    Create(Box<create::Create>),
    /// List the keys of a project
    List(Box<list::List>),
    /// Show a key, without its secret
    Show(Box<change::One>),
    /// Change a key; what is not named stays
    Update(Box<change::Update>),
    /// Say what an update would break, by the calls of the last 30 days; changes nothing
    Preview(Box<change::Update>),
    /// Say which scopes a key did not need, and what would be enough
    Advice(Box<advice::Advise>),
    /// List the keys of the organization that are worth a look, the worst first
    Review(Box<review::Review>),
    /// Switch a key on
    Enable(Box<change::One>),
    /// Switch a key off; it can be switched on again
    Disable(Box<change::One>),
    /// Revoke a key, for ever
    Revoke(Box<revoke::Revoke>),
    /// Import keys that another system made: all of a file, or none
    Import(Box<import::Import>),
}

/// The options of every command here.
#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    connection: Connection,
    /// How to print the answer
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
    /// Print ids only, and of a new key only its secret
    #[arg(long, short)]
    quiet: bool,
}

/// How an answer is printed, with both options taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Ids,
    Table,
    Json,
}

impl Common {
    fn style(&self) -> Style {
        match self.output {
            _ if self.quiet => Style::Ids,
            Format::Table => Style::Table,
            Format::Json => Style::Json,
        }
    }
}

impl Key {
    fn common(&self) -> &Common {
        match self {
            Key::Create(create) => &create.common,
            Key::List(list) => &list.common,
            Key::Show(one) | Key::Enable(one) | Key::Disable(one) => &one.common,
            Key::Update(update) | Key::Preview(update) => &update.one.common,
            Key::Advice(advise) => &advise.one.common,
            Key::Review(review) => &review.common,
            Key::Revoke(revoke) => &revoke.one.common,
            Key::Import(import) => &import.common,
        }
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.common().output == Format::Json
    }

    pub(crate) fn run(self) -> Result<(), Fault> {
        let mut session = self.common().connection.session()?;
        match self {
            Key::Create(create) => create.run(&mut session),
            Key::List(list) => list.run(&mut session),
            Key::Show(one) => one.show(&mut session),
            Key::Update(update) => update.run(&mut session),
            Key::Preview(update) => preview::run(&update, &mut session),
            Key::Advice(advise) => advise.run(&mut session),
            Key::Review(review) => review.run(&mut session),
            Key::Enable(one) => one.switch(&mut session, true),
            Key::Disable(one) => one.switch(&mut session, false),
            Key::Revoke(revoke) => revoke.run(&mut session),
            Key::Import(import) => import.run(&mut session),
        }
    }
}

#[cfg(test)]
mod tests;
