//! E-mail addresses: who is invited, and how a member is found. Personal data: never logged.

/// An address that mail can be sent to. Kept as written, compared without letter case.
#[derive(Clone)]
pub struct Email(Box<str>);

/// Why a text is no address.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum EmailError {
    /// Longer than any address (RFC 5321 section 4.5.3.1.3: a path of 256 with its two brackets).
    #[error("must be at most 254 bytes long")]
    TooLong,
    /// Not `name@domain`.
    #[error("must be an address such as `ada@example.com`")]
    Malformed,
}

impl Email {
    /// The longest address.
    pub const BYTES_MAX: usize = 254;
    const LOCAL_BYTES_MAX: usize = 64;

    /// Reads the form that mailboxes have in practice: a dot-string, `@`, a domain of at least two labels, all
    /// ASCII (an international domain in its `xn--` form). Quoted names, comments, address literals and bare
    /// host names are refused: two readers would not agree on them.
    ///
    /// # Errors
    /// It is longer than an address can be, or has another form.
    pub fn parse(text: &str) -> Result<Email, EmailError> {
        if text.len() > Email::BYTES_MAX {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailError::Malformed)?;
        if is_local(local) && is_domain(domain) { Ok(Email(text.into())) } else { Err(EmailError::Malformed) }
    }

    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one address share.
    #[must_use]
    pub fn lower(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// Two spellings of one address are equal.
impl PartialEq for Email {
    fn eq(&self, other: &Email) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Email {}

// Only its type: an address must not reach a log by way of a derived `Debug`.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email")
    }
}

/// RFC 5321 section 4.1.2, Dot-string.
fn is_local(text: &str) -> bool {
    let atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    text.len() <= Email::LOCAL_BYTES_MAX
        && text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(atext))
}

/// RFC 1035 section 2.3.1 with the digits of RFC 1123 section 2.1; the last label of a name is no number.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_is_name =
        text.rsplit('.').next().is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()));
    text.contains('.') && text.split('.').all(is_label) && last_is_name
}
