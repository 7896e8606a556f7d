//! What a change did, in words.

/// Such as `API key created`, of `api_key.created`.
pub(super) fn what(action: &str) -> String {
    let (noun, verb) = action.split_once('.').unwrap_or((action, ""));
    match (noun, verb) {
        ("role_binding", "created") => "Role given".to_owned(),
        ("role_binding", "deleted") => "Role taken away".to_owned(),
        (noun, verb) => format!("{} {}", said(noun), verb.replace('_', " ")).trim().to_owned(),
    }
}

/// Such as `Signing key`, of `signing_key`.
pub(super) fn said(noun: &str) -> String {
    match noun {
        "api_key" => "API key".to_owned(),
        "user" => "Member".to_owned(),
        "invite" => "Invitation".to_owned(),
        noun => {
            let text = noun.replace('_', " ");
            let mut chars = text.chars();
            let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
            format!("{first}{}", chars.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::what;

    #[test]
    fn changes_are_said_in_words() {
        assert_eq!(what("api_key.created"), "API key created");
        assert_eq!(what("service_account.secret_rotated"), "Service account secret rotated");
        assert_eq!(what("invite.accepted"), "Invitation accepted");
        assert_eq!(what("role_binding.deleted"), "Role taken away");
        assert_eq!((what("odd"), what("")), ("Odd".into(), String::new()));
    }
}
