//! The grammar of documents (GraphQL, section 2), descending no deeper than a bound.

use super::lexer::{Lexer, Token};
use super::{
    Argument, Base, Directive, Document, Fault, Field, Fragment, Kind, Operation, Selection, Type, Value,
    VariableDefinition,
};
use std::collections::HashSet;

/// How deep brackets of any kind may nest: what is parsed is walked by functions that call themselves.
const NESTING_MAX: usize = 40;

/// Reads a document of operations and fragments.
///
/// # Errors
/// The first mistake, or the first bound it breaks.
pub fn parse(text: &str) -> Result<Document, Fault> {
    let mut parser = Parser::new(text)?;
    let mut document = Document::default();
    while parser.token != Token::End {
        parser.definition(&mut document)?;
    }
    match &*document.operations {
        [] => Err(parser.fault("there is no operation")),
        [_] => Ok(document),
        several if several.iter().all(|operation| operation.name.is_some()) => Ok(document),
        _ => Err(Fault::Senseless("where there are several operations, each must have a name")),
    }
}

/// One token ahead of what is read.
pub(super) struct Parser<'t> {
    lexer: Lexer<'t>,
    pub(super) token: Token<'t>,
    nesting: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Result<Parser<'t>, Fault> {
        let mut lexer = Lexer::new(text);
        let token = lexer.next()?;
        Ok(Parser { lexer, token, nesting: 0 })
    }

    pub(super) fn fault(&self, what: &'static str) -> Fault {
        self.lexer.fault(what)
    }

    pub(super) fn advance(&mut self) -> Result<Token<'t>, Fault> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    pub(super) fn at(&self, sign: u8) -> bool {
        self.token == Token::Sign(sign)
    }

    /// Takes the sign if it is next.
    pub(super) fn took(&mut self, sign: u8) -> Result<bool, Fault> {
        let there = self.at(sign);
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    pub(super) fn expect(&mut self, sign: u8, what: &'static str) -> Result<(), Fault> {
        if self.took(sign)? { Ok(()) } else { Err(self.fault(what)) }
    }

    pub(super) fn name(&mut self) -> Result<String, Fault> {
        let Token::Name(name) = self.token else { return Err(self.fault("expected a name")) };
        self.advance()?;
        Ok(name.to_owned())
    }

    /// Reads one thing after another up to the sign that closes them; none at all only where that is allowed.
    pub(super) fn several<T>(
        &mut self,
        close: u8,
        none: bool,
        mut one: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.nesting += 1;
        if self.nesting > NESTING_MAX {
            return Err(Fault::TooDeep);
        }
        let mut found = Vec::new();
        while !self.at(close) || (found.is_empty() && !none) {
            found.push(one(self)?);
        }
        self.advance()?;
        self.nesting -= 1;
        Ok(found)
    }

    fn definition(&mut self, document: &mut Document) -> Result<(), Fault> {
        if let Token::Name("fragment") = self.token {
            let fragment = self.fragment()?;
            if document.fragments.iter().any(|other| other.name == fragment.name) {
                return Err(Fault::Senseless("two fragments have the same name"));
            }
            document.fragments.push(fragment);
            return Ok(());
        }
        let operation = self.operation()?;
        let same = |other: &Operation| other.name.is_some() && other.name == operation.name;
        if document.operations.iter().any(same) {
            return Err(Fault::Senseless("two operations have the same name"));
        }
        document.operations.push(operation);
        Ok(())
    }

    fn operation(&mut self) -> Result<Operation, Fault> {
        let kind = match self.token {
            Token::Sign(b'{') => None,
            Token::Name("query") => Some(Kind::Query),
            Token::Name("mutation") => Some(Kind::Mutation),
            Token::Name("subscription") => Some(Kind::Subscription),
            Token::Sign(_)
            | Token::Spread
            | Token::Name(_)
            | Token::Int(_)
            | Token::Float(_)
            | Token::Text(_)
            | Token::End => return Err(self.fault("expected `query`, `mutation`, `fragment` or `{`")),
        };
        let (mut name, mut variables, mut directives) = (None, Vec::new(), Vec::new());
        if kind.is_some() {
            self.advance()?;
            name = if let Token::Name(_) = self.token { Some(self.name()?) } else { None };
            if self.took(b'(')? {
                variables = self.several(b')', false, Self::variable_definition)?;
                unique(variables.iter().map(|variable| &*variable.name), "a variable is defined twice")?;
            }
            directives = self.directives()?;
        }
        let selections = self.selections()?;
        Ok(Operation { kind: kind.unwrap_or(Kind::Query), name, variables, directives, selections })
    }

    fn variable_definition(&mut self) -> Result<VariableDefinition, Fault> {
        self.expect(b'$', "expected `$` and the name of a variable")?;
        let name = self.name()?;
        self.expect(b':', "expected `:` and the type of the variable")?;
        let of = self.type_reference()?;
        let default = if self.took(b'=')? { Some(self.value(false)?) } else { None };
        Ok(VariableDefinition { name, of, default, directives: self.directives()? })
    }

    pub(super) fn type_reference(&mut self) -> Result<Type, Fault> {
        let base = if self.took(b'[')? {
            self.nesting += 1;
            if self.nesting > NESTING_MAX {
                return Err(Fault::TooDeep);
            }
            let inner = self.type_reference()?;
            self.nesting -= 1;
            self.expect(b']', "expected `]`")?;
            Base::List(Box::new(inner))
        } else {
            Base::Named(self.name()?)
        };
        Ok(Type { base, required: self.took(b'!')? })
    }

    fn fragment(&mut self) -> Result<Fragment, Fault> {
        self.advance()?;
        if self.token == Token::Name("on") {
            return Err(self.fault("a fragment cannot be named `on`"));
        }
        let name = self.name()?;
        if self.token != Token::Name("on") {
            return Err(self.fault("expected `on` and the type of the fragment"));
        }
        self.advance()?;
        Ok(Fragment {
            name,
            on: self.name()?,
            directives: self.directives()?,
            selections: self.selections()?,
        })
    }

    fn selections(&mut self) -> Result<Vec<Selection>, Fault> {
        self.expect(b'{', "expected `{` and what is asked for")?;
        self.several(b'}', false, Self::selection)
    }

    fn selection(&mut self) -> Result<Selection, Fault> {
        if self.token != Token::Spread {
            return Ok(Selection::Field(self.field()?));
        }
        self.advance()?;
        match self.token {
            Token::Name("on") => {
                self.advance()?;
                let on = Some(self.name()?);
                Ok(Selection::Inline { on, directives: self.directives()?, selections: self.selections()? })
            }
            Token::Name(_) => Ok(Selection::Spread { name: self.name()?, directives: self.directives()? }),
            Token::Sign(_)
            | Token::Spread
            | Token::Int(_)
            | Token::Float(_)
            | Token::Text(_)
            | Token::End => Ok(Selection::Inline {
                on: None,
                directives: self.directives()?,
                selections: self.selections()?,
            }),
        }
    }

    fn field(&mut self) -> Result<Field, Fault> {
        let first = self.name()?;
        let (alias, name) = if self.took(b':')? { (Some(first), self.name()?) } else { (None, first) };
        let arguments = self.arguments()?;
        let directives = self.directives()?;
        let selections = if self.at(b'{') { self.selections()? } else { Vec::new() };
        Ok(Field { alias, name, arguments, directives, selections })
    }

    fn arguments(&mut self) -> Result<Vec<Argument>, Fault> {
        if !self.took(b'(')? {
            return Ok(Vec::new());
        }
        let arguments = self.several(b')', false, |parser| {
            let name = parser.name()?;
            parser.expect(b':', "expected `:` and the value of the argument")?;
            Ok(Argument { name, value: parser.value(true)? })
        })?;
        unique(arguments.iter().map(|argument| &*argument.name), "an argument is given twice")?;
        Ok(arguments)
    }

    fn directives(&mut self) -> Result<Vec<Directive>, Fault> {
        let mut found = Vec::new();
        while self.took(b'@')? {
            found.push(Directive { name: self.name()?, arguments: self.arguments()? });
        }
        unique(found.iter().map(|directive| &*directive.name), "a directive is given twice in one place")?;
        Ok(found)
    }

    /// A value; one that holds a variable only where there can be any.
    pub(super) fn value(&mut self, variables: bool) -> Result<Value, Fault> {
        if self.at(b'$') && !variables {
            return Err(self.fault("there is no variable here"));
        }
        Ok(match self.advance()? {
            Token::Sign(b'$') => Value::Variable(self.name()?),
            Token::Int(digits) => Value::Int(digits.to_owned()),
            Token::Float(text) => Value::Float(text.to_owned()),
            Token::Text(text) => Value::String(text),
            Token::Name("true") => Value::Boolean(true),
            Token::Name("false") => Value::Boolean(false),
            Token::Name("null") => Value::Null,
            Token::Name(word) => Value::Enum(word.to_owned()),
            Token::Sign(b'[') => Value::List(self.several(b']', true, |parser| parser.value(variables))?),
            Token::Sign(b'{') => {
                let fields = self.several(b'}', true, |parser| {
                    let name = parser.name()?;
                    parser.expect(b':', "expected `:` and the value of the field")?;
                    Ok((name, parser.value(variables)?))
                })?;
                unique(fields.iter().map(|(name, _)| &**name), "a field of an object is given twice")?;
                Value::Object(fields)
            }
            Token::Sign(_) | Token::Spread | Token::End => return Err(self.fault("expected a value")),
        })
    }
}

/// Of two values for one thing, neither can be meant.
fn unique<'n>(names: impl Iterator<Item = &'n str>, twice: &'static str) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Fault::Senseless(twice));
        }
    }
    Ok(())
}
