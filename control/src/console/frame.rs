//! What stands around every page: where the person is, and where else there is to go.

use super::assets::{LINKS, Links};
use super::cookie::Theme;
use super::fault::Fault;
use super::visit::{Guest, Visit};
use crate::ops::sessions::Visitor;
use crate::{App, ops};
use domain::ProjectId;
use domain::access::{Caller, Operation};

/// Which part of the console a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// API keys.
    Keys,
    /// What keys were used for.
    Usage,
    /// Who changed what.
    Audit,
    /// Projects and what is registered to them.
    Projects,
    /// Machine principals.
    Accounts,
    /// People and invitations.
    Members,
    /// The organization, and the person.
    Settings,
    /// What is written about it all, which is for anybody.
    Docs,
}

/// The frame of a page.
pub(super) struct Frame {
    pub(super) title: String,
    pub(super) links: Links,
    pub(super) theme: Theme,
    pub(super) nav: Option<Nav>,
    /// What was just done, said once.
    pub(super) notice: Option<&'static str>,
    pub(super) version: &'static str,
}

/// Where somebody who is signed in can go.
pub(super) struct Nav {
    pub(super) organization: String,
    pub(super) person: String,
    pub(super) items: Vec<Item>,
    /// The projects, where the page is about one of them.
    pub(super) projects: Vec<Item>,
}

/// One way to go.
pub(super) struct Item {
    pub(super) label: String,
    pub(super) href: String,
    pub(super) current: bool,
}

/// A page has this many ways to other projects; the list of projects has all of them.
const PROJECTS_MAX: usize = 50;

impl Frame {
    /// Of a page for anybody.
    pub(super) fn bare(title: impl Into<String>, theme: Theme) -> Frame {
        let version = env!("CARGO_PKG_VERSION");
        Frame { title: title.into(), links: *LINKS, theme, nav: None, notice: None, version }
    }

    /// Of a page for members.
    pub(super) async fn of(
        visit: &Visit,
        section: Section,
        title: impl Into<String>,
    ) -> Result<Frame, Fault> {
        Frame::build(&visit.app, &visit.visitor, visit.theme(), section, None, title.into()).await
    }

    /// Of a page for anybody that shows whoever is signed in where else to go.
    pub(super) async fn of_guest(guest: &Guest, title: impl Into<String>) -> Result<Frame, Fault> {
        let Some(visitor) = &guest.visitor else { return Ok(Frame::bare(title, guest.theme())) };
        Frame::build(&guest.app, visitor, guest.theme(), Section::Docs, None, title.into()).await
    }

    /// Of a page about one project.
    pub(super) async fn of_project(
        visit: &Visit,
        section: Section,
        project: ProjectId,
        title: impl Into<String>,
    ) -> Result<Frame, Fault> {
        Frame::build(&visit.app, &visit.visitor, visit.theme(), section, Some(project), title.into()).await
    }

    async fn build(
        app: &App,
        visitor: &Visitor,
        theme: Theme,
        section: Section,
        project: Option<ProjectId>,
        title: String,
    ) -> Result<Frame, Fault> {
        let caller = &visitor.caller;
        let organization =
            ops::organizations::show(app, caller, caller.organization.as_str()).await?.organization;
        let mut projects = ops::projects::list(app, caller).await?;
        projects.truncate(PROJECTS_MAX);
        let of_keys = |project: ProjectId| format!("/projects/{project}/keys");
        let here = project.or_else(|| projects.first().map(|row| row.project.id));
        let keys = here.filter(|_| organization.bootstrapped_at.is_some()).map(of_keys);
        let items = items(caller, section, keys);
        let switch = projects.into_iter().filter(|_| project.is_some()).map(|row| Item {
            label: row.project.name.as_str().to_owned(),
            href: of_keys(row.project.id),
            current: Some(row.project.id) == project,
        });
        let nav = Nav {
            organization: organization.name.as_str().to_owned(),
            person: visitor.user.email.as_str().to_owned(),
            items,
            projects: switch.collect(),
        };
        Ok(Frame { nav: Some(nav), ..Frame::bare(title, theme) })
    }

    /// Says what was just done.
    #[must_use]
    pub(super) fn with_notice(mut self, notice: Option<&'static str>) -> Frame {
        self.notice = notice;
        self
    }
}

fn items(caller: &Caller, section: Section, keys: Option<String>) -> Vec<Item> {
    let members = caller.may(Operation::ReadMembers);
    let all = [
        (Section::Keys, "API keys", keys),
        (Section::Usage, "Usage", Some("/usage".into())),
        (Section::Audit, "Audit log", caller.may(Operation::ReadChanges).then(|| "/audit".into())),
        (Section::Projects, "Projects", Some("/projects".into())),
        (Section::Accounts, "Service accounts", members.then(|| "/service-accounts".into())),
        (Section::Members, "Members", members.then(|| "/members".into())),
        (Section::Settings, "Settings", Some("/settings".into())),
    ];
    let item = |(at, label, href): (Section, &str, Option<String>)| {
        Some(Item { label: label.into(), href: href?, current: at == section })
    };
    all.into_iter().filter_map(item).collect()
}
