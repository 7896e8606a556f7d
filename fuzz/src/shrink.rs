//! Makes a difference as small as it can be: whatever can be left out of its JSON is left out.

use crate::Finding;
use serde_json::Value;

/// The smallest difference that is found from this one by leaving things out, one after the other.
pub fn smallest(finding: Finding) -> Finding {
    let mut smallest = finding;
    while let Some(smaller) = smaller(&smallest) {
        smallest = smaller;
    }
    smallest
}

fn smaller(finding: &Finding) -> Option<Finding> {
    let value = serde_json::to_value(finding).ok()?;
    let read = |value| serde_json::from_value::<Finding>(value).ok();
    simpler(&value)
        .into_iter()
        .filter_map(read)
        .find(|found| found != finding && found.difference().is_some())
}

/// Every value that is this one with one thing less.
fn simpler(value: &Value) -> Vec<Value> {
    let mut all = if value.is_null() { Vec::new() } else { vec![Value::Null] };
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => all.extend((number.as_i64() != Some(0)).then(|| Value::from(0))),
        Value::String(text) => {
            let without =
                |at| text.chars().enumerate().filter(move |(index, _)| *index != at).map(|(_, kept)| kept);
            all.extend((0..text.chars().count()).map(|at| without(at).collect::<String>().into()));
        }
        Value::Array(items) => {
            for at in 0..items.len() {
                let with = |new: Option<Value>| {
                    let (before, rest) = (items.iter().take(at), items.iter().skip(at + 1));
                    Value::Array(before.cloned().chain(new).chain(rest.cloned()).collect())
                };
                all.push(with(None));
                all.extend(items.iter().skip(at).take(1).flat_map(simpler).map(|item| with(Some(item))));
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let mut without = fields.clone();
                without.remove(name);
                all.push(Value::Object(without));
                for simpler in simpler(field) {
                    let mut with = fields.clone();
                    with.insert(name.clone(), simpler);
                    all.push(Value::Object(with));
                }
            }
        }
    }
    all
}
