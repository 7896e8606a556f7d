//! `"""block strings"""`: what is common to the indentation of all lines, and empty lines around, are not meant.

/// The value of a block string (GraphQL, section 2.9.4 "Block Strings").
pub(super) fn value(raw: &str) -> String {
    let raw = raw.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = raw.split('\n').collect();
    let common = lines.iter().skip(1).filter_map(|line| indent(line)).min().unwrap_or(0);
    let mut lines: Vec<&str> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| if at == 0 { line } else { line.get(common..).unwrap_or("") })
        .collect();
    while lines.last().is_some_and(|line| indent(line).is_none()) {
        lines.pop();
    }
    let first = lines.iter().position(|line| indent(line).is_some()).unwrap_or(lines.len());
    lines.get(first..).unwrap_or_default().join("\n")
}

/// How many blanks a line begins with; `None` when there is nothing else on it.
fn indent(line: &str) -> Option<usize> {
    line.bytes().position(|byte| byte != b' ' && byte != b'\t')
}
