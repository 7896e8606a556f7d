//! A document as tokens, at most so many of them.

use super::{Fault, block_string};

/// What one request may be made of: a key with all its endpoints takes a quarter.
const TOKENS_MAX: usize = 4_000;
/// Names stand in answers and in errors.
const NAME_BYTES_MAX: usize = 128;

/// One word of the language.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// One of `! $ & ( ) : = @ [ ] { | }`
    Sign(u8),
    /// `...`
    Spread,
    Name(&'t str),
    Int(&'t str),
    Float(&'t str),
    Text(String),
    End,
}

/// Reads tokens from the front of what is left.
pub(super) struct Lexer<'t> {
    text: &'t str,
    rest: &'t str,
    /// The rest before the last token.
    begun: &'t str,
    left: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Lexer<'t> {
        Lexer { text, rest: text, begun: text, left: TOKENS_MAX }
    }

    /// The last token is wrong.
    pub(super) fn fault(&self, what: &'static str) -> Fault {
        let read = self.text.get(..self.text.len() - self.begun.len()).unwrap_or_default();
        let line = read.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = read.chars().rev().take_while(|character| *character != '\n').count() + 1;
        Fault::Syntax { what, line, column }
    }

    pub(super) fn next(&mut self) -> Result<Token<'t>, Fault> {
        self.skip_ignored();
        self.begun = self.rest;
        let Some(first) = self.rest.bytes().next() else { return Ok(Token::End) };
        self.left = self.left.checked_sub(1).ok_or(Fault::TooComplex("the document has too many tokens"))?;
        match first {
            b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}' => {
                self.take(1);
                Ok(Token::Sign(first))
            }
            b'.' if self.rest.starts_with("...") => {
                self.take(3);
                Ok(Token::Spread)
            }
            b'"' if self.rest.starts_with(r#"""""#) => self.block(),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.name(),
            _ => Err(self.fault("nothing of the language begins with this character")),
        }
    }

    /// Blanks, line ends, commas, comments and byte order marks.
    fn skip_ignored(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches(['\u{feff}', ' ', '\t', '\n', '\r', ',']);
            if !self.rest.starts_with('#') {
                return;
            }
            self.rest = self.rest.trim_start_matches(|character| !matches!(character, '\n' | '\r'));
        }
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn name(&mut self) -> Result<Token<'t>, Fault> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = self.rest.bytes().take_while(|byte| is_part(byte)).count();
        if length > NAME_BYTES_MAX {
            return Err(self.fault("a name is longer than 128 characters"));
        }
        Ok(Token::Name(self.take(length)))
    }

    fn number(&mut self) -> Result<Token<'t>, Fault> {
        let in_number = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_');
        let length = self.rest.bytes().take_while(in_number).count();
        let text = self.rest.get(..length).unwrap_or_default();
        let (whole, behind) = text.split_at(text.find(['.', 'e', 'E']).unwrap_or(text.len()));
        let (fraction, exponent) = behind.split_at(behind.find(['e', 'E']).unwrap_or(behind.len()));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = whole.strip_prefix('-').unwrap_or(whole);
        let whole_fits = digits(unsigned) && (unsigned == "0" || !unsigned.starts_with('0'));
        let fraction_fits = fraction.is_empty() || fraction.strip_prefix('.').is_some_and(digits);
        let power = exponent.get(1..).map(|power| power.strip_prefix(['+', '-']).unwrap_or(power));
        if !whole_fits || !fraction_fits || !power.is_none_or(digits) {
            return Err(self.fault("this is no number"));
        }
        let text = self.take(length);
        Ok(if behind.is_empty() { Token::Int(text) } else { Token::Float(text) })
    }

    fn string(&mut self) -> Result<Token<'t>, Fault> {
        self.take(1);
        let mut value = String::new();
        loop {
            let Some(next) = self.rest.chars().next() else {
                return Err(self.fault("a string has no end"));
            };
            self.take(next.len_utf8());
            match next {
                '"' => return Ok(Token::Text(value)),
                '\\' => value.push(self.escaped()?),
                '\n' | '\r' => return Err(self.fault("a string has no end on its line")),
                control if control.is_control() && control != '\t' => {
                    return Err(self.fault("a string holds a control character; write it as \\uXXXX"));
                }
                plain => value.push(plain),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Fault> {
        let sign = self.rest.chars().next();
        let plain = match sign {
            Some('"' | '\\' | '/') => sign,
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('u') => None,
            Some(_) | None => return Err(self.fault("there is no such escape")),
        };
        self.take(1);
        match plain {
            Some(plain) => Ok(plain),
            None => self.unicode().ok_or_else(|| self.fault("this escape is no character")),
        }
    }

    /// What follows `\u`: four digits, two times four for a surrogate pair, or any number in braces.
    fn unicode(&mut self) -> Option<char> {
        if let Some(braced) = self.rest.strip_prefix('{') {
            let digits = braced.get(..braced.find('}')?)?;
            self.take(digits.len() + 2);
            return hexadecimal(digits).filter(|_| digits.len() <= 8).and_then(char::from_u32);
        }
        let high = self.four_digits()?;
        if !(0xD800..0xDC00).contains(&high) {
            return char::from_u32(high);
        }
        self.rest = self.rest.strip_prefix("\\u")?;
        let low = self.four_digits()?;
        char::decode_utf16([u16::try_from(high).ok()?, u16::try_from(low).ok()?]).next()?.ok()
    }

    fn four_digits(&mut self) -> Option<u32> {
        let number = hexadecimal(self.rest.get(..4)?);
        self.take(4);
        number
    }

    fn block(&mut self) -> Result<Token<'t>, Fault> {
        self.take(3);
        let mut raw = String::new();
        loop {
            let Some(at) = self.rest.find(r#"""""#) else {
                return Err(self.fault("a block string has no end"));
            };
            let before = self.take(at);
            self.take(3);
            match before.strip_suffix('\\') {
                Some(before) => raw.extend([before, r#"""""#]),
                None => {
                    raw.push_str(before);
                    break;
                }
            }
        }
        let odd = |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r');
        if raw.contains(odd) {
            return Err(self.fault("a block string holds a control character"));
        }
        Ok(Token::Text(block_string::value(&raw)))
    }
}

/// `from_str_radix` would take a sign, too.
fn hexadecimal(digits: &str) -> Option<u32> {
    let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| all)
}
