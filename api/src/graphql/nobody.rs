//! What a stranger is told. Published clients ask who they are to find out whether their key is any good, and take
//! `null` for no; whoever asks for more than that must be somebody.

use super::{Document, Kind, Operation, Selection};

/// The whole answer.
pub const NOBODY: &str = r#"{"data":{"myself":null}}"#;

/// Whether [`NOBODY`] answers a document: its one operation is a query for `myself` and for nothing else. A directive
/// may take the field out of the answer, so there may be none.
pub fn asks_who(document: &Document) -> bool {
    let [Operation { kind: Kind::Query, directives, selections, .. }] = &*document.operations else {
        return false;
    };
    directives.is_empty() && !selections.is_empty() && selections.iter().all(is_myself)
}

fn is_myself(selection: &Selection) -> bool {
    match selection {
        Selection::Field(field) => {
            field.name == "myself" && field.key() == "myself" && field.directives.is_empty()
        }
        Selection::Spread { .. } | Selection::Inline { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{NOBODY, asks_who};
    use crate::graphql::parse;

    #[test]
    fn only_who_asks_for_myself_is_answered() {
        for text in [
            "{myself{id}}",
            "query{myself{id email}}",
            "query Q($a:Int){myself{x:id ...F apiKeys(first:$a){id}}}fragment F on User{email}",
            "{myself{id} myself{email}}",
            "{myself:myself{id}}",
            "{myself}",
        ] {
            assert!(asks_who(&parse(text).unwrap()), "{text}");
        }
        for text in [
            "mutation{myself{id}}",
            "subscription{myself{id}}",
            "{me:myself{id}}",
            "{myself:other{id}}",
            "{other}",
            "{Myself{id}}",
            "{__typename}",
            "{myself{id} other}",
            "{myself{id} __schema{types{name}}}",
            "{myself @skip(if:true){id}}",
            "query @a{myself{id}}",
            "{...F}fragment F on Query{myself{id}}",
            "{...on Query{myself{id}}}",
            "query A{myself{id}} query B{myself{id}}",
            "query A{myself{id}} mutation B{other}",
        ] {
            assert!(!asks_who(&parse(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn the_answer_has_no_errors() {
        let answer: serde_json::Value = serde_json::from_str(NOBODY).unwrap();
        assert_eq!(answer, serde_json::json!({"data": {"myself": null}}));
    }
}
