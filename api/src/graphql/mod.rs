//! The GraphQL language, read within bounds: nothing here costs more than the text is long.
//!
//! A document is parsed by [`parse()`], which stops at the first mistake, at too many tokens and at too deep a nesting.
//! [`measure()`] then says what it would expand to, without expanding it. `schema.graphql` is read by [`Schema`].

mod block_string;
mod document;
mod fault;
pub mod label;
mod lexer;
mod measure;
mod nobody;
mod parser;
mod schema;
mod variables;

pub use document::{
    Argument, Base, Directive, Document, Field, Fragment, Kind, Operation, Selection, Type, Value,
    VariableDefinition,
};
pub use fault::Fault;
pub use measure::{Bounds, measure};
pub use nobody::{NOBODY, asks_who};
pub use parser::parse;
pub use schema::{InputField, OutputField, Schema, fits};
pub use variables::Variables;

#[cfg(test)]
mod tests;
