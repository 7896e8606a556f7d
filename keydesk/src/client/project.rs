//! The project meant when none is named.

use super::Session;
use crate::exit::{Fault, Kind};
use crate::output::escape;
use serde::Deserialize;

#[derive(Deserialize)]
struct Projects {
    data: Vec<Project>,
}

#[derive(Deserialize)]
struct Project {
    id: String,
    name: String,
}

impl Session {
    /// The project asked for, else that of the credentials, else the only one there is.
    pub(crate) fn project(&mut self, asked: Option<&str>) -> Result<String, Fault> {
        if let Some(id) = asked.or(self.credentials.project_id.as_deref()) {
            return Ok(id.to_owned());
        }
        let projects: Projects = self.get("/admin/projects")?;
        match projects.data.as_slice() {
            [only] => Ok(only.id.clone()),
            [] => Err(Fault::new(Kind::NoInput, "no_project", "there is no project that you can see")),
            several => Err(Fault::new(Kind::Usage, "project_needed", choose(several))),
        }
    }
}

/// How many projects a message lists before it stops.
const LISTED_MAX: usize = 20;

fn choose(projects: &[Project]) -> String {
    let listed = projects
        .iter()
        .take(LISTED_MAX)
        .map(|project| format!("{} ({})", escape(&project.id), escape(&project.name)));
    let listed: Vec<String> = listed.collect();
    let more = if projects.len() > LISTED_MAX { ", …" } else { "" };
    format!("there are {} projects; choose one with --project: {}{more}", projects.len(), listed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::{Fake, Seen, exit_code};
    use serde_json::{Value, json};

    fn projects(ids: &'static [&'static str]) -> impl Fn(&Seen) -> (u16, String) + Send + 'static {
        let data: Vec<Value> =
            ids.iter().map(|id| json!({"id": id, "name": format!("\u{1b}{id}")})).collect();
        move |_| (200, json!({ "data": data }).to_string())
    }

    #[test]
    fn the_only_project_is_meant_when_none_is_named() {
        let server = Fake::admin(projects(&["p1"]));
        assert_eq!(server.session().project(None).unwrap(), "p1");
        assert_eq!(server.session().project(Some("p9")).unwrap(), "p9");
    }

    #[test]
    fn several_projects_are_listed_to_choose_from() {
        let fault = Fake::admin(projects(&["p1", "p2"])).session().project(None).unwrap_err();
        assert_eq!(exit_code(&fault), 64);
        let message = r"there are 2 projects; choose one with --project: p1 (\u{1b}p1), p2 (\u{1b}p2)";
        assert_eq!(fault, Fault::new(Kind::Usage, "project_needed", message));
        assert_eq!(exit_code(&Fake::admin(projects(&[])).session().project(None).unwrap_err()), 66);
    }
}
