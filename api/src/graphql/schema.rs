//! `schema.graphql` as it is read: object types, what goes into them, and words. There is no more in it, so there is
//! no more here.

use super::lexer::Token;
use super::parser::Parser;
use super::{Base, Fault, Type, Value};
use std::collections::BTreeMap;

/// What the five built-in scalars are called.
const BUILT_IN: [&str; 5] = ["ID", "String", "Int", "Float", "Boolean"];

/// All types.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    objects: BTreeMap<String, BTreeMap<String, OutputField>>,
    inputs: BTreeMap<String, BTreeMap<String, InputField>>,
    enums: BTreeMap<String, Vec<String>>,
    scalars: Vec<String>,
}

/// A field of an object.
#[derive(Debug, Clone)]
pub struct OutputField {
    /// What can be given to it.
    pub arguments: BTreeMap<String, InputField>,
    /// What it is.
    pub of: Type,
}

/// An argument, or a field of an input.
#[derive(Debug, Clone)]
pub struct InputField {
    /// What it is.
    pub of: Type,
    /// What it is when it is not given.
    pub default: Option<Value>,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// The first mistake, or a type that is not there.
    pub fn parse(text: &str) -> Result<Schema, Fault> {
        let mut parser = Parser::new(text)?;
        let mut schema = Schema { scalars: BUILT_IN.map(str::to_owned).into(), ..Schema::default() };
        while parser.token != Token::End {
            schema.definition(&mut parser)?;
        }
        if schema.is_closed() {
            Ok(schema)
        } else {
            Err(Fault::Senseless("a field is of a type that is not there"))
        }
    }

    fn definition(&mut self, parser: &mut Parser<'_>) -> Result<(), Fault> {
        describe(parser)?;
        let word = parser.name()?;
        let name = parser.name()?;
        match &*word {
            "type" => self.objects.insert(name, output_fields(parser)?).is_none(),
            "input" => self.inputs.insert(name, input_fields(parser, b'{', b'}')?).is_none(),
            "enum" => self.enums.insert(name, words(parser)?).is_none(),
            "scalar" => {
                self.scalars.push(name);
                true
            }
            _ => return Err(parser.fault("expected `type`, `input`, `enum` or `scalar`")),
        }
        .then_some(())
        .ok_or(Fault::Senseless("two types have the same name"))
    }

    fn is_closed(&self) -> bool {
        let is_input = |field: &InputField| self.is_input(field.of.innermost());
        let is_output = |field: &OutputField| {
            let name = field.of.innermost();
            let known = self.objects.contains_key(name) || self.is_leaf(name);
            known && field.arguments.values().all(is_input)
        };
        self.objects.values().flat_map(BTreeMap::values).all(is_output)
            && self.inputs.values().flat_map(BTreeMap::values).all(is_input)
    }

    /// The names of all object types.
    pub fn objects(&self) -> impl Iterator<Item = &str> {
        self.objects.keys().map(String::as_str)
    }

    /// The fields of an object type.
    pub fn object(&self, name: &str) -> Option<&BTreeMap<String, OutputField>> {
        self.objects.get(name)
    }

    /// The fields of an input type.
    pub fn input(&self, name: &str) -> Option<&BTreeMap<String, InputField>> {
        self.inputs.get(name)
    }

    /// The words of an enumeration.
    pub fn words(&self, name: &str) -> Option<&[String]> {
        self.enums.get(name).map(Vec::as_slice)
    }

    /// Whether this is a type that a variable can be of.
    pub fn is_input(&self, name: &str) -> bool {
        self.inputs.contains_key(name) || self.is_leaf(name)
    }

    fn is_leaf(&self, name: &str) -> bool {
        self.enums.contains_key(name) || self.scalars.iter().any(|scalar| scalar == name)
    }
}

/// Descriptions are for people.
fn describe(parser: &mut Parser<'_>) -> Result<(), Fault> {
    if let Token::Text(_) = parser.token {
        parser.advance()?;
    }
    Ok(())
}

fn output_fields(parser: &mut Parser<'_>) -> Result<BTreeMap<String, OutputField>, Fault> {
    parser.expect(b'{', "expected `{` and the fields of the type")?;
    let fields = parser.several(b'}', false, |parser| {
        describe(parser)?;
        let name = parser.name()?;
        let arguments = if parser.at(b'(') { input_fields(parser, b'(', b')')? } else { BTreeMap::new() };
        parser.expect(b':', "expected `:` and the type of the field")?;
        Ok((name, OutputField { arguments, of: parser.type_reference()? }))
    })?;
    Ok(fields.into_iter().collect())
}

fn input_fields(parser: &mut Parser<'_>, open: u8, close: u8) -> Result<BTreeMap<String, InputField>, Fault> {
    parser.expect(open, "expected the fields of the input, or the arguments")?;
    let fields = parser.several(close, false, |parser| {
        describe(parser)?;
        let name = parser.name()?;
        parser.expect(b':', "expected `:` and the type of the field")?;
        let of = parser.type_reference()?;
        let default = if parser.took(b'=')? { Some(parser.value(false)?) } else { None };
        Ok((name, InputField { of, default }))
    })?;
    Ok(fields.into_iter().collect())
}

fn words(parser: &mut Parser<'_>) -> Result<Vec<String>, Fault> {
    parser.expect(b'{', "expected `{` and the words")?;
    parser.several(b'}', false, |parser| {
        describe(parser)?;
        parser.name()
    })
}

/// Whether a variable of one type may stand where the other one is expected.
pub fn fits(variable: &Type, place: &Type) -> bool {
    if place.required && !variable.required {
        return false;
    }
    match (&variable.base, &place.base) {
        (Base::Named(variable), Base::Named(place)) => variable == place,
        (Base::List(variable), Base::List(place)) => fits(variable, place),
        (Base::Named(_), Base::List(_)) | (Base::List(_), Base::Named(_)) => false,
    }
}
