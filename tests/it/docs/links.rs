//! Every link of the pages leads somewhere.

use std::collections::BTreeMap;

use super::{
    assert_none,
    pages::{Page, root},
};

/// What stands between `](` and `)`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// The anchor that a heading gets: small letters, no punctuation, a dash for each blank.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_');
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn links_lead_to_files_and_headings_that_are_there() {
    let pages = Page::all();
    let by_name: BTreeMap<&str, &Page> = pages.iter().map(|page| (page.name.as_str(), page)).collect();
    let (mut wrong, mut followed) = (Vec::new(), 0);
    for page in &pages {
        let folder = root().join(&page.name).parent().unwrap().to_owned();
        for (line, text) in &page.prose {
            for target in targets(text).filter(|target| !target.contains("://")) {
                followed += 1;
                let (file, heading) = target.split_once('#').map_or((target, None), |(file, at)| (file, Some(at)));
                let path = if file.is_empty() { root().join(&page.name) } else { folder.join(file) };
                let Ok(path) = path.canonicalize() else {
                    wrong.push(format!("{}:{line}: there is no {target}", page.name));
                    continue;
                };
                let Some(heading) = heading else { continue };
                let name = path.strip_prefix(root().canonicalize().unwrap()).unwrap().display().to_string();
                let there =
                    by_name.get(name.as_str()).is_some_and(|to| to.headings.iter().any(|it| anchor(it) == heading));
                if !there {
                    wrong.push(format!("{}:{line}: {name} has no heading {heading}", page.name));
                }
            }
        }
    }
    assert!(followed > 80, "{followed}");
    assert_none(&wrong);
}

#[test]
fn every_page_can_be_reached_from_the_readme() {
    let pages = Page::all();
    let links = |name: &str| -> Vec<String> {
        let Some(page) = pages.iter().find(|page| page.name == name) else { return Vec::new() };
        let folder = root().join(name).parent().unwrap().to_owned();
        let files = page.prose.iter().flat_map(|(_, text)| targets(text)).map(|to| to.split('#').next().unwrap_or(to));
        let there = files.filter_map(|file| folder.join(file).canonicalize().ok());
        let inside =
            |path: std::path::PathBuf| Some(path.strip_prefix(root().canonicalize().ok()?).ok()?.display().to_string());
        there.filter_map(inside).collect()
    };
    let (mut reached, mut next) = (vec!["README.md".to_owned()], 0);
    while let Some(name) = reached.get(next).cloned() {
        next += 1;
        for to in links(&name) {
            if !reached.contains(&to) {
                reached.push(to);
            }
        }
    }
    let lost: Vec<_> = pages.iter().filter(|page| !reached.contains(&page.name)).map(|page| &page.name).collect();
    assert!(lost.is_empty(), "no link leads to {lost:?}");
}

#[test]
fn the_list_of_pages_has_every_page() {
    let pages = Page::all();
    let list = |name: &str| -> Vec<String> {
        let page = pages.iter().find(|page| page.name == name).unwrap();
        page.prose.iter().flat_map(|(_, text)| targets(text)).map(str::to_owned).collect()
    };
    let (all, clients) = (list("docs/README.md"), list("docs/clients/README.md"));
    let listed = |name: &str| match name.strip_prefix("clients/") {
        Some("README.md") | None => all.iter().any(|to| to == name),
        Some(client) => clients.iter().any(|to| to == client),
    };
    let names = pages.iter().filter_map(|page| page.name.strip_prefix("docs/")).filter(|name| *name != "README.md");
    let missing: Vec<&str> = names.filter(|name| !listed(name)).collect();
    assert!(missing.is_empty(), "docs/README.md does not list {missing:?}");
}
