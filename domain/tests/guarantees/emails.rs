//! Which texts are e-mail addresses.

use domain::{Email, EmailError};

#[test]
fn an_address_is_kept_as_written_and_compared_without_case() {
    for text in [
        "ada@example.com",
        "Ada.Lovelace+keys@Example.COM",
        "o'brien@sub.example.co.uk",
        "a@b.de",
        "1@1.example",
        "x!#$%&'*+-/=?^_`{|}~x@example.com",
        "name@xn--bcher-kva.example",
        &format!("{}@example.com", "a".repeat(64)),
        &format!("a@{}.com", ["b".repeat(63), "c".repeat(63), "d".repeat(63)].join(".")),
    ] {
        let email = Email::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(email.as_str(), text);
        assert_eq!(email, Email::parse(&text.to_ascii_uppercase()).unwrap());
        assert_eq!(email.lower(), text.to_ascii_lowercase());
    }
    assert_ne!(Email::parse("a@example.com").unwrap(), Email::parse("b@example.com").unwrap());
}

#[test]
fn what_is_no_address_is_refused() {
    for text in [
        "",
        "@",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@localhost",
        "ada@@example.com",
        "ada@b@example.com",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        "ada@.example.com",
        "ada@example..com",
        "ada@example.com.",
        "ada@-example.com",
        "ada@example-.com",
        "ada@exa_mple.com",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        "ada lovelace@example.com",
        " ada@example.com",
        "ada@example.com ",
        "ada@example.com\n",
        "ada@example.com\0",
        "Ada <ada@example.com>",
        "\"ada\"@example.com",
        "ada(comment)@example.com",
        "ada,bob@example.com",
        "ädä@example.com",
        "ada@exämple.com",
        "ada@example.com\r\nBcc: x@example.com",
        &format!("{}@example.com", "a".repeat(65)),
        &format!("ada@{}.com", "b".repeat(64)),
    ] {
        assert_eq!(Email::parse(text), Err(EmailError::Malformed), "{text:?}");
    }
}

#[test]
fn an_address_has_at_most_254_bytes() {
    let of = |bytes: usize| {
        let domain = ["b".repeat(60), "c".repeat(60), "d".repeat(60)].join(".");
        let rest = bytes - domain.len() - "@.com".len();
        format!("{}@{domain}.com", "a".repeat(rest.min(64)))
    };
    assert!(Email::parse(&of(250)).is_ok());
    let long = format!("a@{}.com", "b.".repeat(130));
    assert!(long.len() > 254);
    assert_eq!(Email::parse(&long), Err(EmailError::TooLong));
}

#[test]
fn an_address_does_not_show_in_debug_text() {
    assert_eq!(format!("{:?}", Email::parse("ada@example.com").unwrap()), "Email");
}
