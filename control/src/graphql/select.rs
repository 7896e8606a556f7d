//! What an operation asks for, checked against the schema: fragments and variables are gone, and what is asked for
//! twice stands there once.

use super::answer::Refused;
use super::value::{Bound, Coerce, From, shown};
use api::graphql::{
    Base, Directive, Document, Field, Kind, Operation, OutputField, Schema, Selection, Type, Value, Variables,
};
use serde_json::{Map, Value as Json};
use std::cell::Cell;

/// Most lists one operation may ask for: each costs a query.
const LISTS_MAX: usize = 10;

/// A field that will be in the answer.
#[derive(Debug)]
pub(super) struct Chosen {
    /// What the answer calls it.
    pub(super) key: String,
    /// Its name.
    pub(super) name: String,
    /// What is given to it.
    pub(super) arguments: Map<String, Json>,
    /// What is asked for of it.
    pub(super) fields: Vec<Chosen>,
    /// The type of what is asked for of it.
    pub(super) of: String,
}

/// Reads one operation.
pub(super) struct Selector<'d> {
    schema: &'d Schema,
    document: &'d Document,
    variables: Bound<'d>,
    lists: Cell<usize>,
}

/// A field as collected from all places that ask for it.
struct Gathered<'d> {
    field: &'d Field,
    arguments: Map<String, Json>,
    inside: Vec<&'d [Selection]>,
}

impl<'d> Selector<'d> {
    pub(super) fn new(
        schema: &'d Schema,
        document: &'d Document,
        operation: &'d Operation,
        sent: &Variables,
    ) -> Result<Selector<'d>, Refused> {
        let variables = Bound::read(schema, operation, &sent.0)?;
        Ok(Selector { schema, document, variables, lists: Cell::new(0) })
    }

    /// All that will be in the answer.
    pub(super) fn select(&self, operation: &'d Operation) -> Result<Vec<Chosen>, Refused> {
        let definitions = operation.variables.iter().flat_map(|variable| &variable.directives);
        let fragments = self.document.fragments.iter().flat_map(|fragment| &fragment.directives);
        if operation.directives.iter().chain(definitions).chain(fragments).next().is_some() {
            return Err(Refused::invalid("only fields and spreads take @skip and @include"));
        }
        self.choose(root(operation.kind), &[&operation.selections])
    }

    fn choose(&self, parent: &str, sets: &[&'d [Selection]]) -> Result<Vec<Chosen>, Refused> {
        let mut gathered = Vec::new();
        for set in sets {
            self.gather(parent, set, &mut gathered)?;
        }
        gathered.into_iter().map(|found| self.chosen(parent, found)).collect()
    }

    /// Puts the fields that are asked for together, each key once.
    fn gather(
        &self,
        parent: &str,
        selections: &'d [Selection],
        gathered: &mut Vec<Gathered<'d>>,
    ) -> Result<(), Refused> {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    if self.included(&field.directives)? {
                        self.add(parent, field, gathered)?;
                    }
                }
                Selection::Inline { on, directives, selections } => {
                    self.fit(parent, on.as_deref())?;
                    if self.included(directives)? {
                        self.gather(parent, selections, gathered)?;
                    }
                }
                Selection::Spread { name, directives } => {
                    let found = self.document.fragments.iter().find(|fragment| fragment.name == *name);
                    let fragment = found.ok_or_else(|| Refused::invalid("a fragment is not there"))?;
                    self.fit(parent, Some(&fragment.on))?;
                    if self.included(directives)? {
                        self.gather(parent, &fragment.selections, gathered)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&self, parent: &str, field: &'d Field, gathered: &mut Vec<Gathered<'d>>) -> Result<(), Refused> {
        let arguments = self.arguments(parent, field)?;
        match gathered.iter_mut().find(|other| other.field.key() == field.key()) {
            None => gathered.push(Gathered { field, arguments, inside: vec![&field.selections] }),
            Some(other) if other.field.name == field.name && other.arguments == arguments => {
                other.inside.push(&field.selections);
            }
            Some(_) => {
                let key = shown(field.key());
                return Err(Refused::invalid(format!("`{key}` stands for two different fields of {parent}")));
            }
        }
        Ok(())
    }

    fn chosen(&self, parent: &str, found: Gathered<'d>) -> Result<Chosen, Refused> {
        let of = self.definition(parent, &found.field.name)?.map(|field| &field.of);
        let inner = of.map_or("String", Type::innermost);
        let name = shown(&found.field.name);
        let asked = found.inside.iter().any(|set| !set.is_empty());
        let fields = match (self.schema.object(inner).is_some(), asked) {
            (true, true) => self.choose(inner, &found.inside)?,
            (true, false) => {
                return Err(Refused::invalid(format!(
                    "`{name}` of {parent} needs a list of what is asked for of it"
                )));
            }
            (false, true) => {
                return Err(Refused::invalid(format!("nothing can be asked for of `{name}` of {parent}")));
            }
            (false, false) => Vec::new(),
        };
        if of.is_some_and(|of| matches!(of.base, Base::List(_))) && !fields.is_empty() {
            self.count_list()?;
        }
        Ok(Chosen {
            key: found.field.key().to_owned(),
            name: found.field.name.clone(),
            arguments: found.arguments,
            fields,
            of: inner.to_owned(),
        })
    }

    fn count_list(&self) -> Result<(), Refused> {
        let lists = self.lists.get() + 1;
        self.lists.set(lists);
        if lists > LISTS_MAX {
            return Err(Refused::bad("TOO_COMPLEX", "the operation asks for too many lists"));
        }
        Ok(())
    }

    /// What the schema says of a field; `None` for `__typename`, which every type has.
    fn definition(&self, parent: &str, name: &str) -> Result<Option<&'d OutputField>, Refused> {
        if name == "__typename" {
            return Ok(None);
        }
        if matches!(name, "__schema" | "__type") {
            let message = "introspection is off: the schema is printed by `keydesk schema`";
            return Err(Refused::bad("INTROSPECTION_DISABLED", message));
        }
        let found = self.schema.object(parent).and_then(|fields| fields.get(name));
        let unknown = || Refused::invalid(format!("{parent} has no field `{}`", shown(name)));
        found.map(Some).ok_or_else(unknown)
    }

    fn arguments(&self, parent: &str, field: &Field) -> Result<Map<String, Json>, Refused> {
        let nothing = std::collections::BTreeMap::new();
        let known = self.definition(parent, &field.name)?.map_or(&nothing, |field| &field.arguments);
        if field.arguments.iter().any(|argument| !known.contains_key(&argument.name)) {
            return Err(Refused::invalid(format!(
                "`{}` does not take one of its arguments",
                shown(&field.name)
            )));
        }
        let mut found = Map::new();
        for (name, expected) in known {
            let given = field.arguments.iter().find(|argument| argument.name == *name);
            let given = given.map(|argument| &argument.value);
            if let Some(value) = self.coerce().field(&expected.of, given, expected.default.as_ref(), name)? {
                found.insert(name.clone(), value);
            }
        }
        Ok(found)
    }

    fn coerce(&self) -> Coerce<'_, 'd> {
        Coerce { schema: self.schema, variables: &self.variables, from: From::Text }
    }

    /// A fragment of another type could never say anything here: no type of the schema is part of another.
    fn fit(&self, parent: &str, on: Option<&str>) -> Result<(), Refused> {
        match on {
            Some(on) if on != parent => {
                Err(Refused::invalid(format!("a fragment on another type than {parent}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn included(&self, directives: &[Directive]) -> Result<bool, Refused> {
        let mut included = true;
        for directive in directives {
            let kept_when = match &*directive.name {
                "include" => true,
                "skip" => false,
                _ => return Err(Refused::invalid("there are no directives but @skip and @include")),
            };
            included &= self.condition(directive)? == kept_when;
        }
        Ok(included)
    }

    fn condition(&self, directive: &Directive) -> Result<bool, Refused> {
        let boolean = Type { base: Base::Named("Boolean".into()), required: true };
        let value: Option<&Value> = match &*directive.arguments {
            [only] if only.name == "if" => Some(&only.value),
            _ => None,
        };
        let value = self.coerce().field(&boolean, value, None, "if")?;
        Ok(value == Some(Json::Bool(true)))
    }
}

/// The type that an operation begins with.
pub(super) fn root(kind: Kind) -> &'static str {
    match kind {
        Kind::Query => "Query",
        Kind::Mutation => "Mutation",
        Kind::Subscription => "Subscription",
    }
}
