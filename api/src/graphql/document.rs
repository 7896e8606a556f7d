//! A document as it was written: operations and fragments.

/// Operations and fragments, each name there once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// In the order of the text.
    pub operations: Vec<Operation>,
    /// In the order of the text.
    pub fragments: Vec<Fragment>,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It reads.
    Query,
    /// It writes.
    Mutation,
    /// It listens.
    Subscription,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What it does.
    pub kind: Kind,
    /// `None` in a document of one operation only.
    pub name: Option<String>,
    /// What the request must bring along.
    pub variables: Vec<VariableDefinition>,
    /// On the operation as a whole.
    pub directives: Vec<Directive>,
    /// What is asked for.
    pub selections: Vec<Selection>,
}

/// `$name: Type = default`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableDefinition {
    /// Without the `$`.
    pub name: String,
    /// Its type.
    pub of: Type,
    /// Its value when the request brings none.
    pub default: Option<Value>,
    /// On the definition.
    pub directives: Vec<Directive>,
}

/// A type, as a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// What it is when it is not null.
    pub base: Base,
    /// Whether it is never null.
    pub required: bool,
}

/// A type that is not said to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// By its name.
    Named(String),
    /// A list of it.
    List(Box<Type>),
}

impl Type {
    /// The name inside all lists.
    pub fn innermost(&self) -> &str {
        match &self.base {
            Base::Named(name) => name,
            Base::List(inner) => inner.innermost(),
        }
    }
}

/// `fragment Name on Type { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Its name.
    pub name: String,
    /// The type it is of.
    pub on: String,
    /// On the fragment as a whole.
    pub directives: Vec<Directive>,
    /// What is asked for.
    pub selections: Vec<Selection>,
}

/// `@name(…)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Without the `@`.
    pub name: String,
    /// Each name once.
    pub arguments: Vec<Argument>,
}

/// `name: value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// What is asked for in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// A field.
    Field(Field),
    /// `...Name`
    Spread {
        /// The fragment.
        name: String,
        /// On the spread.
        directives: Vec<Directive>,
    },
    /// `... on Type { … }`
    Inline {
        /// The type it is of; the surrounding one when it is not said.
        on: Option<String>,
        /// On the fragment.
        directives: Vec<Directive>,
        /// What is asked for.
        selections: Vec<Selection>,
    },
}

/// `alias: name(…) { … }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What the answer calls it, when not by its name.
    pub alias: Option<String>,
    /// Its name.
    pub name: String,
    /// Each name once.
    pub arguments: Vec<Argument>,
    /// On the field.
    pub directives: Vec<Directive>,
    /// What is asked for of it.
    pub selections: Vec<Selection>,
}

impl Field {
    /// What the answer calls it.
    pub fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

/// A value as written.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// `$name`
    Variable(String),
    /// A whole number, as its digits.
    Int(String),
    /// Any other number, as it was written.
    Float(String),
    /// A text.
    String(String),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`
    Null,
    /// A word.
    Enum(String),
    /// `[…]`
    List(Vec<Value>),
    /// `{…}`, each name once.
    Object(Vec<(String, Value)>),
}

// A derived one would print secrets that stand where a value stands.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value")
    }
}
