//! What a change did, in words, and the page about what it did it to.

/// Such as `API key created`, of `api_key.created`.
pub(super) fn what(action: &str) -> String {
    let (noun, verb) = action.split_once('.').unwrap_or((action, ""));
    let text = match (noun, verb) {
        ("role_binding", "created") => "role given".to_owned(),
        ("role_binding", "deleted") => "role taken away".to_owned(),
        ("api_key", verb) => format!("API key {verb}"),
        (noun, verb) => format!("{noun} {verb}"),
    };
    let text = text.replace('_', " ");
    let mut chars = text.trim().chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", chars.as_str())
}

/// Where to read more of `kind id`; nothing where there is no page.
pub(super) fn page_of(target: &str) -> Option<String> {
    let (kind, id) = target.split_once(' ')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !id.bytes().all(plain) {
        return None;
    }
    let folder = match kind {
        "project" => "/projects",
        "api_key" => "/keys",
        "service_account" => "/service-accounts",
        "user" => "/members",
        "invite" => "/members/invites",
        _ => return None,
    };
    Some(format!("{folder}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_said_in_words() {
        assert_eq!(what("api_key.created"), "API key created");
        assert_eq!(what("service_account.secret_rotated"), "Service account secret rotated");
        assert_eq!(what("role_binding.deleted"), "Role taken away");
        assert_eq!((what("odd"), what("")), ("Odd".into(), String::new()));
    }

    #[test]
    fn only_what_has_a_page_leads_to_one() {
        assert_eq!(page_of("project 01a2-b"), Some("/projects/01a2-b".into()));
        for none in ["catalog", "project ../x", "resource ENDPOINT/e", "user a b", "signing_key 1", ""] {
            assert_eq!(page_of(none), None, "{none:?}");
        }
    }
}
