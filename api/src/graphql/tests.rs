//! The language: what is read, what is refused, and that both cost little.

use super::{Bounds, Document, Fault, Kind, Schema, Selection, Value, Variables, measure, parse};

const BOUNDS: Bounds = Bounds { depth: 12, fields: 500, aliases: 50, spreads: 20, roots: 50 };

fn code(text: &str) -> &'static str {
    match parse(text).and_then(|document| measure(&document, BOUNDS)) {
        Ok(()) => "fine",
        Err(fault) => fault.code(),
    }
}

fn only_argument(text: &str) -> Value {
    let Document { operations, .. } = parse(text).unwrap();
    let Selection::Field(field) = &operations[0].selections[0] else { panic!("a field") };
    field.arguments[0].value.clone()
}

#[test]
fn a_document_is_read_as_it_is_written() {
    let text = "\u{feff}query Q($a: [Int!]! = [1, -0], $b: F) @d { x: a(b: $a, c: {d: null}) @skip(if: true) { ...F \
                ... on T { i } ... @x { j } } } # end\nfragment F on T { k } mutation M { m }";
    let document = parse(text).unwrap();
    let [query, mutation] = &*document.operations else { panic!("two operations") };
    assert_eq!((query.kind, mutation.kind), (Kind::Query, Kind::Mutation));
    assert_eq!((query.name.as_deref(), &*query.variables[0].name), (Some("Q"), "a"));
    assert_eq!(query.variables[0].of.innermost(), "Int");
    let Selection::Field(field) = &query.selections[0] else { panic!("a field") };
    assert_eq!((field.key(), &*field.name, field.selections.len()), ("x", "a", 3));
    assert_eq!((&*document.fragments[0].name, &*document.fragments[0].on), ("F", "T"));
}

#[test]
fn strings_stand_for_what_they_say() {
    for (written, meant) in [
        (r#""""#, ""),
        (r#""a\n\t\"\\\/é""#, "a\n\t\"\\/é"),
        (r#""\u0041\u{1F511}\uD83D\uDD11""#, "A🔑🔑"),
        ("\"\"\"\n    a\n      b\n\n    c\n  \"\"\"", "a\n  b\n\nc"),
        (r#""""a\"""b""""#, r#"a"""b"#),
        (r#""""a "quoted" word""""#, r#"a "quoted" word"#),
    ] {
        assert!(only_argument(&format!("{{a(b:{written})}}")) == Value::String(meant.into()), "{written}");
    }
}

#[test]
fn what_does_not_follow_the_grammar_is_a_parse_error() {
    for text in [
        "",
        "#",
        "{",
        "}",
        "{}",
        "{a",
        "{a}}",
        "a",
        "query",
        "query {",
        "{a{}}",
        "{a()}",
        "{a(b)}",
        "{a(b:)}",
        "{a:}",
        "{a @}",
        "{...}",
        "{... on}",
        "query(){a}",
        "query($a){a}",
        "query($a:[Int){a}",
        "query($a:Int=$b){a}",
        "fragment on on T{a}",
        "fragment F{a}",
        "type A{a:Int}",
        "{a(b:1.)}",
        "{a(b:01)}",
        "{a(b:1a)}",
        "{a(b:.5)}",
        "{a(b:-)}",
        "{a(b:1e)}",
        "{a(b:\"x)}",
        "{a(b:\"\n\")}",
        "{a(b:\"\\q\")}",
        "{a(b:\"\\uD800\")}",
        "{a(b:\"\\u{110000}\")}",
        "{a(b:\"\\u+041\")}",
        "{a(b:\"\u{0}\")}",
        "{a\u{0}}",
        "{a(b:\"\"\"x\"\")}",
        "{a;}",
        "{é}",
        "..",
        "extend type A{a:Int}",
        "{a(b:{c})}",
        "{a(b:[)}",
        "\u{feff}",
    ] {
        assert_eq!(code(text), "PARSE_ERROR", "{text:?}");
    }
}

#[test]
fn a_mistake_is_told_by_its_place_and_nothing_that_was_sent_is_repeated() {
    let fault = parse("query Q {\n  é: rpa_SECRET\n}").unwrap_err();
    assert!(fault.to_string().starts_with("syntax error at line 2, column 3: "), "{fault}");
    for text in ["{a(b: rpa_SECRET rpa_SECRET)", "{rpa_SECRET(a:1,a:1)}", "rpa_SECRET", "{...rpa_SECRET}"] {
        let fault = parse(text).and_then(|document| measure(&document, BOUNDS)).unwrap_err();
        assert!(!fault.to_string().contains("SECRET"), "{fault}");
    }
}

#[test]
fn what_is_given_twice_or_not_at_all_makes_no_sense() {
    for text in [
        "{a(b:1,b:2)}",
        "{a(b:{c:1,c:1})}",
        "query($a:Int,$a:Int){a}",
        "{a @skip(if:true) @skip(if:false)}",
        "{a}{b}",
        "query A{a} query A{b}",
        "query A{a} {b}",
        "{...F} fragment F on T{a} fragment F on T{b}",
        "{...F}",
        "{a} fragment F on T{a}",
        "{...F} fragment F on T{...F}",
        "{...F} fragment F on T{a{...G}} fragment G on T{...F}",
    ] {
        assert_eq!(code(text), "GRAPHQL_VALIDATION_FAILED", "{text}");
    }
}

#[test]
fn the_bounds_hold_to_the_number() {
    let nested = |depth: usize| format!("{}{}", "{a".repeat(depth), "}".repeat(depth));
    let fields = |count: usize| format!("{{{}}}", (0..count).map(|at| format!("f{at} ")).collect::<String>());
    let inside = |count: usize| format!("{{a{}}}", fields(count - 1));
    let aliases = |count: usize| format!("{{x{{{}}}}}", "b:a ".repeat(count));
    let spreads = |count: usize| format!("{{x{{{}}}}} fragment F on T {{a}}", "...F ".repeat(count));
    for (text, expected) in [
        (nested(12), "fine"),
        (nested(13), "TOO_DEEP"),
        (nested(16), "TOO_DEEP"),
        (nested(5_000), "TOO_DEEP"),
        (inside(500), "fine"),
        (inside(501), "TOO_COMPLEX"),
        (fields(50), "fine"),
        (fields(51), "TOO_COMPLEX"),
        (aliases(50), "fine"),
        (aliases(51), "TOO_COMPLEX"),
        (spreads(20), "fine"),
        (spreads(21), "TOO_COMPLEX"),
        (format!("{{a{}}}", " @x".repeat(10_000)), "TOO_COMPLEX"),
        (format!("query({}){{a}}", "$a:Int ".repeat(10_000)), "TOO_COMPLEX"),
        (format!("{{a(b:{})}}", "[".repeat(30_000)), "TOO_DEEP"),
        (format!("query($a:{}){{a}}", "[".repeat(30_000)), "TOO_DEEP"),
        (format!("{{a(b:{})}}", "{c:".repeat(9_000)), "TOO_DEEP"),
        (format!("{{{}}}", "a".repeat(129)), "PARSE_ERROR"),
        ((0..30).map(|at| format!("fragment F{at} on T{{a}} ")).collect::<String>() + "{a}", "TOO_COMPLEX"),
    ] {
        let shown: String = text.chars().take(40).collect();
        assert_eq!(code(&text), expected, "{shown} of {} bytes", text.len());
    }
}

#[test]
fn fragments_that_stand_for_billions_of_fields_are_measured_without_being_expanded() {
    for (levels, width) in [(10, 10), (19, 2), (19, 100)] {
        let mut text = String::from("{...F0}");
        for level in 0..levels {
            let inside = format!("...F{} ", level + 1).repeat(width);
            text.push_str(&format!("fragment F{level} on Query {{{inside}}}"));
        }
        text.push_str(&format!("fragment F{levels} on Query {{a}}"));
        assert_eq!(code(&text), "TOO_COMPLEX", "{levels} times {width}");
    }
    // What would overflow a number stops at the largest one.
    assert_eq!(
        parse("{a}").and_then(|document| measure(&document, Bounds { fields: 0, ..BOUNDS })).unwrap_err(),
        Fault::TooComplex("the operation asks for too many fields")
    );
}

#[test]
fn variables_are_an_object_in_which_each_name_is_there_once() {
    let read = |text: &str| serde_json::from_str::<Variables>(text).map(|variables| variables.0);
    let read_back = read(r#"{"a":[1,-1,1.5,"x",true,null],"b":{}}"#).unwrap();
    assert_eq!(serde_json::to_string(&read_back).unwrap(), r#"{"a":[1,-1,1.5,"x",true,null],"b":{}}"#);
    for text in [r#"{"a":1,"a":1}"#, r#"{"a":[{"b":1,"b":2}]}"#, "[]", "1", r#""x""#, "{\"a\":1e400}"] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn a_schema_knows_all_its_types() {
    let schema =
        Schema::parse("type Query{\"said\" a(b:I=null):[T!]} type T{c:E} input I{d:ID!=1} enum E{X Y}")
            .unwrap();
    assert_eq!(schema.objects().collect::<Vec<_>>(), ["Query", "T"]);
    assert_eq!(schema.words("E").unwrap(), ["X", "Y"]);
    assert!(
        schema.is_input("I") && !schema.is_input("T") && schema.input("I").unwrap()["d"].default.is_some()
    );
    for text in
        ["type Query{a:Gone}", "type Query{a(b:T):ID} type T{a:ID}", "type A{a:ID} type A{a:ID}", "union A=B"]
    {
        assert!(Schema::parse(text).is_err(), "{text}");
    }
}
